import { within } from '../../lib/within.ts'
import type {
  FoundKeys,
  IssuerKeys,
  KeyReaders,
  KeySet,
  PublicKey,
  ReadKeys,
} from '../../ports/issuer-keys.ts'

/** What the client needs of its host. */
export interface KeysHost {
  readonly readers: KeyReaders
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** An isolate's copy of the keys of one address. */
interface Copy {
  readonly found: FoundKeys
  /** When the object last said so. */
  readonly saidAt: number
  /** When this copy was made. */
  readonly at: number
  /** From when on it is asked for again. */
  readonly until: number
  /** From when on asking for newer keys makes sense. */
  readonly newerAt: number
}

const COPY_MS = 5 * 60_000
/** A little longer than an object takes to give its issuer up. */
const PATIENCE_MS = 6000
/** While one request asks, and after an object did not answer, the others go by the copy. */
const ASKING_MS = 10_000
/** So long does a copy serve while its object does not answer. */
const ALONE_MS = 3_600_000

/**
 * Keeps copies of keys for five minutes, in the memory of the isolate. Only values are shared: a request that waits
 * waits for its own question, since another's promise may never settle.
 */
export function createIssuerKeys({ readers, now }: KeysHost): IssuerKeys {
  const copies = new Map<string, Copy>()
  const refresh = async (url: string, isMissing: boolean): Promise<FoundKeys> => {
    const before = copies.get(url)
    if (before !== undefined) copies.set(url, { ...before, ...pausedAt(now()) })
    const answer = await ask(readers, url, isMissing)
    const copy = copyOf(answer, before, now())
    copies.set(url, copy)
    return copy.found
  }
  return {
    find: async (url, missed) => {
      const copy = copies.get(url)
      if (copy === undefined) return refresh(url, missed !== undefined)
      const time = now()
      // A clock that was set back makes a copy old.
      const isOver = time >= copy.until || time < copy.at
      const isLacking = copy.found.kind === 'found' && copy.found.set === missed
      if (isLacking && time >= copy.newerAt) return refresh(url, true)
      return isOver ? refresh(url, false) : copy.found
    },
  }
}

const pausedAt = (time: number) => ({
  at: time,
  until: time + ASKING_MS,
  newerAt: time + ASKING_MS,
})

/** Undefined when the object does not answer. */
async function ask(
  readers: KeyReaders,
  url: string,
  isMissing: boolean,
): Promise<ReadKeys | undefined> {
  try {
    return await within(PATIENCE_MS, readers.getByName(url).read(url, isMissing))
  } catch {
    return undefined
  }
}

function copyOf(answer: ReadKeys | undefined, before: Copy | undefined, time: number): Copy {
  if (answer === undefined) {
    const isUsable = before !== undefined && time - before.saidAt < ALONE_MS
    const found = isUsable ? before.found : unavailable('the object of the issuer does not answer')
    return { found, saidAt: before?.saidAt ?? time, ...pausedAt(time) }
  }
  if (answer.kind === 'unavailable') {
    const until = time + Math.min(COPY_MS, Math.max(1000, answer.retryAfterMs))
    const found = unavailable(answer.reason)
    return { found, saidAt: time, at: time, until, newerAt: until }
  }
  const set = sameSet(before?.found, answer.keys) ?? { keys: answer.keys }
  const newerAt = time + answer.newerAfterMs
  return { found: { kind: 'found', set }, saidAt: time, at: time, until: time + COPY_MS, newerAt }
}

const unavailable = (reason: string): FoundKeys => ({ kind: 'unavailable', reason })

function sameSet(found: FoundKeys | undefined, keys: readonly PublicKey[]): KeySet | undefined {
  if (found?.kind !== 'found') return undefined
  return JSON.stringify(found.set.keys) === JSON.stringify(keys) ? found.set : undefined
}
