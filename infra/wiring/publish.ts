import { isDeepStrictEqual } from 'node:util'
import { isPlainMap } from '../../src/config/conform.ts'
import { upstream as upstreamSchema } from '../../src/config/schema/upstream.ts'
import type { UpstreamSettings } from '../../src/client/types.ts'
import { GatewayError } from './gateway.ts'
import { type Pace, realPace } from './pace.ts'
import { awaitReady, CONCEALED, readyAt, type ReadyQuestion, type ReadyRequest } from './ready.ts'
import type { Registered, Registry, Seen } from './registry.ts'

/** A component of a stack as a gateway is to know it. */
export interface Wiring {
  readonly name: string
  /** The stack, in the words of `ownerOf`. */
  readonly owner: string
  readonly settings: UpstreamSettings
  readonly ready: ReadyRequest
  /** How long readiness at the published address may take, in ms. */
  readonly boundMs: number
  /** What requests in flight may take before the component goes, in ms. */
  readonly drainMs: number
}

/** The owner of a stack's upstreams: its name, and the identity of its cluster, as others may use that name elsewhere. */
export const ownerOf = (stack: string, cluster: string): string =>
  `stack ${stack} on cluster ${cluster.slice(0, 8)}`

/** Writers that come in between are few: whoever loses this often has a war on its hands. */
const ATTEMPTS = 5

/**
 * Publishes a component once it answers its readiness request at the published address; resolves with what the gateway has then.
 * What this stack owns already is taken over as it is, so that it can be repeated; what somebody else owns is left alone.
 */
export async function publish(
  registry: Registry,
  wiring: Wiring,
  pace: Pace = realPace,
): Promise<Registered> {
  await demandMine(registry, wiring)
  const reason = await awaitReady(wiring.ready, wiring.boundMs, pace)
  if (reason !== undefined) {
    const seconds = Math.round(wiring.boundMs / 1000)
    const message = `"${wiring.name}" is not published: ${reason}, ${seconds} s after its pods were ready.`
    throw new GatewayError('failed', message)
  }
  return swap(async () => {
    const before = await demandMine(registry, wiring)
    const etag = await registry.put(wiring.name, wiring.settings, seen(wiring.owner, before))
    const after = await registry.find(wiring.name)
    if (after?.etag === etag) return after
    throw new GatewayError('stale', `"${wiring.name}" is changed by others again and again.`)
  })
}

/** Opens an upstream of this stack that was drained, with the settings that the gateway has, once its component answers. */
export async function reopen(
  registry: Registry,
  wiring: Pick<Wiring, 'name' | 'owner' | 'boundMs' | 'drainMs'>,
  ready: ReadyQuestion,
  pace: Pace = realPace,
): Promise<void> {
  const live = await registry.find(wiring.name)
  if (live?.owner !== wiring.owner || live.drain.state === 'open') return
  const { settings } = live
  await publish(registry, { ...wiring, settings, ready: readyAt(settings, ready) }, pace)
}

/** Ends new requests to an upstream of this stack and waits for those in flight. Whatever is not there is drained. */
export async function drain(
  registry: Registry,
  { name, owner, drainMs }: Pick<Wiring, 'name' | 'owner' | 'drainMs'>,
  pace: Pace = realPace,
): Promise<void> {
  await swap(async () => {
    const live = await registry.find(name)
    if (live?.owner !== owner || live.drain.state !== 'open') return
    await registry.drain(name, seen(owner, live), drainMs)
  })
  // The gateway itself calls it drained after its timeout; if it does not, it is no reason to keep the component.
  const end = pace.now() + drainMs + DRAIN_RESERVE_MS
  while (pace.now() < end) {
    const live = await registry.find(name)
    if (live?.owner !== owner || live.drain.state === 'drained') return
    await pace.wait(DRAIN_PAUSE_MS)
  }
}

const DRAIN_PAUSE_MS = 250
/** Isolates report within 30 s whether they still have requests in flight. */
const DRAIN_RESERVE_MS = 35_000

/** Drains an upstream of this stack and removes it. One of another owner stays: it is theirs now. */
export async function withdraw(
  registry: Registry,
  wiring: Pick<Wiring, 'name' | 'owner' | 'drainMs'>,
  pace: Pace = realPace,
): Promise<void> {
  await drain(registry, wiring, pace)
  await swap(async () => {
    const live = await registry.find(wiring.name)
    if (live?.owner === wiring.owner) {
      await registry.remove(wiring.name, seen(wiring.owner, live))
    }
  })
}

type Data = Readonly<Record<string, unknown>>

/** A key of an upstream that is not as it should be; `null` stands for none. Values are left out where they are secret. */
export interface Difference {
  readonly field: string
  readonly is?: unknown
  readonly wanted?: unknown
  /** Who has made it so, as far as the gateway tells. */
  readonly who?: string
}

/**
 * What somebody has changed by hand at the gateway, credentials by their name alone. `writtenAt` is the revision of the settings
 * that this stack has written: where the gateway has another one, and nothing else differs, it is what nobody is shown.
 */
export function drifted(
  wanted: UpstreamSettings,
  live: Registered,
  writtenAt?: number,
): readonly Difference[] {
  const is = normal(live.settings)
  const should = concealedLike(is, normal(wanted))
  const keys = [...new Set([...Object.keys(should), ...Object.keys(is)])]
  const changed = keys
    .filter((key) => !isDeepStrictEqual(is[key], should[key]))
    .map((key) =>
      SECRET.has(key)
        ? { field: key }
        : { field: key, is: is[key] ?? null, wanted: should[key] ?? null },
    )
  const hidden = changed.length === 0 && hasHidden(is, live, writtenAt) ? [{ field: 'auth' }] : []
  const { state } = live.drain
  const drain = state === 'open' ? [] : [{ field: 'drain', is: state, wanted: 'open' }]
  return [...named([...changed, ...hidden], live.written?.by), ...named(drain, live.by)]
}

const named = (differences: readonly Difference[], who: string | undefined) =>
  differences.map((each) => (who === undefined ? each : { ...each, who }))

/** Whether there are credentials that are not shown, and settings were changed since this stack has written them. */
function hasHidden(is: Data, { written }: Registered, writtenAt: number | undefined): boolean {
  const { auth } = is
  const isOther = written !== undefined && writtenAt !== undefined && written.revision !== writtenAt
  return isOther && isPlainMap(auth) && Object.values(auth).includes(CONCEALED)
}

const SECRET = new Set(['auth', 'headers'])

/** Credentials that the gateway conceals cannot be compared: that some of this kind and name are there is all that shows. */
function concealedLike(is: Data, should: Data): Data {
  const [live, wanted] = [is['auth'], should['auth']]
  if (!isPlainMap(live) || !isPlainMap(wanted)) return should
  const hidden = Object.entries(live).filter(([key, value]) => value === CONCEALED && key in wanted)
  return { ...should, auth: { ...wanted, ...Object.fromEntries(hidden) } }
}

/** Settings with their defaults, as the gateway keeps it; one that this version cannot read stays as it is. */
function normal(settings: UpstreamSettings): Data {
  const read = upstreamSchema.safeParse(settings)
  return read.success ? { ...read.data } : settings
}

async function demandMine(
  registry: Registry,
  { name, owner }: Pick<Wiring, 'name' | 'owner'>,
): Promise<Registered | undefined> {
  const live = await registry.find(name)
  if (live === undefined || live.owner === owner) return live
  const message = `The upstream "${name}" of the gateway at ${registry.url} belongs to ${live.owner}.`
  throw new GatewayError('owned', `${message} Remove it there first, or leave this component out.`)
}

const seen = (owner: string, live: Registered | undefined): Seen => ({
  owner,
  ifMatch: live?.etag ?? null,
})

/** Makes a change again on what somebody else has made of it meanwhile. */
async function swap<T>(change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change()
    } catch (error) {
      const isStale = error instanceof GatewayError && error.kind === 'stale'
      if (!isStale || attempt === ATTEMPTS) throw error
    }
  }
}
