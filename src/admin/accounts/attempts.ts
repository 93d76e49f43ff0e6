/** Failed logins of one subject (an address, a user, or both together), as stored. */
export interface Attempts {
  /** Failures that count; an attempt counts as one until it has succeeded. */
  readonly n: number
  /** Of the last one, milliseconds since the epoch. */
  readonly at: number
  /** When this address last signed in as this user. */
  readonly knownAt?: number
}

/** Attempts of many subjects, by a digest of their name. */
export type Slot = Readonly<Record<string, Attempts>>

/** How patient the gateway is with a kind of subject. */
export interface Patience {
  /** Failures without consequences. */
  readonly free: number
  /** The longest lock; each failure doubles the one before, beginning at a second. */
  readonly mostMs: number
}

/** An address may belong to many people; a user is locked shortly, as anybody can cause it. */
export const PATIENCE = {
  address: { free: 10, mostMs: 15 * 60_000 },
  user: { free: 5, mostMs: 5 * 60_000 },
  /** An address from which that user has signed in before: attackers elsewhere cannot lock it. */
  known: { free: 5, mostMs: 15 * 60_000 },
} as const satisfies Readonly<Record<string, Patience>>

/** Failures are forgotten after a day of peace. */
const FORGET_MS = 24 * 3_600_000
/** An address stays known for so long. */
const KNOWN_MS = 30 * 24 * 3_600_000
/** Subjects of one slot; those with the fewest failures go first. */
const MOST_SUBJECTS = 400

const NONE: Attempts = { n: 0, at: 0 }

export const isKnown = ({ knownAt }: Attempts = NONE, now: number): boolean =>
  knownAt !== undefined && now - knownAt < KNOWN_MS

/** How long a subject has to wait, in milliseconds; 0 is not at all. A clock set back makes no lock longer. */
export function waitMs(attempts: Attempts = NONE, { free, mostMs }: Patience, now: number): number {
  const { n, at } = current(attempts, now)
  if (n < free) return 0
  const lockMs = Math.min(1000 * 2 ** (n - free), mostMs)
  return Math.max(0, Math.min(at, now) + lockMs - now)
}

/** One more attempt, a failure until the contrary is known. */
export const attempted = (attempts: Attempts = NONE, now: number): Attempts => ({
  ...attempts,
  n: current(attempts, now).n + 1,
  at: now,
})

/** The last attempt was none. */
export const excused = (attempts: Attempts = NONE): Attempts => ({
  ...attempts,
  n: Math.max(0, attempts.n - 1),
})

/** A slot with new values for some subjects, without what can be forgotten. */
export function update(slot: Slot, changes: Slot, now: number): Slot {
  const kept = Object.entries({ ...slot, ...changes }).filter(
    ([, attempts]) => current(attempts, now).n > 0 || isKnown(attempts, now),
  )
  const worst = kept.toSorted(([, a], [, b]) => b.n - a.n || b.at - a.at)
  return Object.fromEntries(worst.slice(0, MOST_SUBJECTS))
}

const current = (attempts: Attempts, now: number): Attempts =>
  now - attempts.at < FORGET_MS ? attempts : { ...attempts, n: 0 }
