import type { PublicKey, ReadKeys } from '../../ports/issuer-keys.ts'

/** What an object remembers of its address. */
export interface Stored {
  /** The last keys that were read, and when; absent before the first time. */
  readonly good?: { readonly keys: readonly PublicKey[]; readonly readAt: number }
  /** When it was last tried. */
  readonly triedAt: number
  /** How often in a row it has failed. */
  readonly failures: number
  /** Why it failed last; empty when it has not. */
  readonly reason: string
}

/** What came of reading. */
export type Reading =
  | { readonly kind: 'read'; readonly keys: readonly PublicKey[] }
  /** The issuer answers, and has no key any more: what it had is not to be trusted either. */
  | { readonly kind: 'withdrawn'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }

/** So old may keys be without another look. */
const FRESH_MS = 5 * 60_000
/** Tokens with unknown keys cause a look no more often than this. */
const BETWEEN_LOOKS_MS = 30_000
/** An issuer that is down is tried again after 1 s, 2 s, 4 s ... up to this. */
const LONGEST_PAUSE_MS = 5 * 60_000
/** So long do the last good keys serve while the issuer is down. */
const LAST_GOOD_MS = 24 * 3_600_000

/** Whether the address has to be read now. */
export function shouldRead(stored: Stored | undefined, isMissing: boolean, now: number): boolean {
  if (stored === undefined) return true
  const isFresh = stored.good !== undefined && elapsed(stored.good.readAt, now) < FRESH_MS
  if (isFresh && !isMissing) return false
  return elapsed(stored.triedAt, now) >= (isFresh ? pauseBetweenLooks(stored) : pause(stored))
}

/** What is remembered after reading. */
export function settle(stored: Stored | undefined, reading: Reading, now: number): Stored {
  if (reading.kind === 'read') {
    return { good: { keys: reading.keys, readAt: now }, triedAt: now, failures: 0, reason: '' }
  }
  return {
    ...(stored?.good !== undefined && reading.kind === 'failed' && { good: stored.good }),
    triedAt: now,
    failures: (stored?.failures ?? 0) + 1,
    reason: reading.reason,
  }
}

/** What is answered from memory. */
export function answerOf(stored: Stored, now: number): ReadKeys {
  const { good, triedAt, reason } = stored
  const left = (ms: number) => Math.max(0, ms - elapsed(triedAt, now))
  // A clock that was set back makes nothing older.
  return good !== undefined && now - good.readAt < LAST_GOOD_MS
    ? { kind: 'keys', keys: good.keys, newerAfterMs: left(pauseBetweenLooks(stored)) }
    : { kind: 'unavailable', reason, retryAfterMs: left(pause(stored)) }
}

const pause = ({ failures }: Stored): number =>
  failures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** (failures - 1))

const pauseBetweenLooks = (stored: Stored): number => Math.max(BETWEEN_LOOKS_MS, pause(stored))

/** A clock that was set back must not keep the object from looking: all pauses are over then. */
const elapsed = (then: number, now: number): number =>
  now < then ? Number.POSITIVE_INFINITY : now - then
