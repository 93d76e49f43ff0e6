import type { Plan } from '../plan/types.ts'

/** A gateway that has just been started, and what it was started with. */
export interface Started {
  /** Ends in a slash. */
  readonly url: string
  readonly plan: Plan
  readonly config: string
  readonly note: (text: string) => void
}

/** A gateway that does not know the head by then serves something else for now, and says so in its own log. */
const PATIENCE_MS = 10_000

/** Tells where something that was published serves instead of the files. A gateway that does not answer tells nothing. */
export async function noteIfPublished({ url, plan, config, note }: Started): Promise<void> {
  const snapshot = await askHealth(url).catch(() => undefined)
  if (snapshot === undefined || snapshot === plan.version) return
  note(
    `note: snapshot ${snapshot.slice(0, 12)} was published and serves; the files in ${config} do not. ` +
      `"cb-bridge config diff --config ${config} --url ${url}" shows what differs, "config push" publishes them.`,
  )
}

async function askHealth(url: string): Promise<string | undefined> {
  const answer = await fetch(`${url}__health`, { signal: AbortSignal.timeout(PATIENCE_MS) })
  const { snapshot } = (await answer.json()) as { readonly snapshot?: string }
  return snapshot
}
