import type { Answer, Asked, Limit, Standing } from '../../ports/limiter.ts'
import { fullAt, hasLeft, leftOf, type Level, settle, waitFor } from './level.ts'
import { giveTurn } from './turns.ts'

/** What is kept of one key, by name of the limit. A limit that is full needs no level. */
export type Levels = Readonly<Record<string, Level>>

/** What an object knows when it is asked. */
export interface Stored {
  readonly levels: Levels
  /** When the next isolate that is refused may come back. */
  readonly nextTurnAt: number
}

/** The answer, and what to keep. */
export interface Step {
  readonly answer: Answer
  /** Absent when nothing has changed. */
  readonly kept?: {
    readonly levels: Levels
    /** When all limits are full again, and nothing needs to be kept. */
    readonly fullAt: number
  }
  readonly nextTurnAt: number
}

/** Takes tokens from all limits of a key, or from none and tells when to come back. `random` is in [0, 1). */
export function step(
  { levels, nextTurnAt }: Stored,
  asked: Asked,
  now: number,
  random: number,
): Step {
  const { limits, least, returned } = asked
  const before = limits.map((limit) => credit(settle(limit, levels[limit.name], now), returned))
  const isEnough = limits.every((limit, i) => hasLeft(limit, at(before, i), least, now))
  const granted = isEnough ? share(asked, before, now) : 0
  const after = before.map(({ since, used }) => ({ since, used: used + granted }))
  const retryAfterMs = isEnough
    ? 0
    : Math.max(...limits.map((limit, i) => waitFor(limit, at(before, i), least, now)))
  // A refusal is kept as well where the clock went back or something was returned.
  const hasChanged = before.some(
    (level, i) =>
      (level.used > 0 || returned !== undefined) && level !== levels[limits[i]?.name ?? ''],
  )
  const turn = isEnough ? undefined : giveTurn(retryAfterMs, nextTurnAt, now, random)
  return {
    answer: {
      granted,
      at: now,
      standings: describe(limits, after, now),
      retryAfterMs,
      holdOffMs: turn?.holdOffMs ?? 0,
    },
    ...((granted > 0 || hasChanged) && { kept: keep(limits, after) }),
    nextTurnAt: turn?.nextTurnAt ?? nextTurnAt,
  }
}

/** Where a key stands. */
export const standingsOf = (
  limits: readonly Limit[],
  stored: Levels,
  now: number,
): readonly Standing[] =>
  describe(
    limits,
    limits.map((limit) => settle(limit, stored[limit.name], now)),
    now,
  )

/** What comes back counts only while its grant does: a limit that has begun anew since then has forgotten it. */
function credit(level: Level, returned: Asked['returned']): Level {
  if (returned === undefined || level.since > returned.grantedAt) return level
  return { since: level.since, used: Math.max(0, level.used - returned.tokens) }
}

/** A lease takes at most half of what is left, so that there is something for the next isolate. */
function share({ limits, least, most }: Asked, levels: readonly Level[], now: number): number {
  if (most <= least) return least
  const left = Math.min(...limits.map((limit, i) => leftOf(limit, at(levels, i), now)))
  return Math.max(least, Math.min(most, Math.floor(left / 2)))
}

const keep = (limits: readonly Limit[], levels: readonly Level[]): NonNullable<Step['kept']> => ({
  levels: Object.fromEntries(limits.map(({ name }, i) => [name, at(levels, i)])),
  fullAt: Math.ceil(Math.max(...limits.map((limit, i) => fullAt(limit, at(levels, i))))),
})

const describe = (
  limits: readonly Limit[],
  levels: readonly Level[],
  now: number,
): readonly Standing[] =>
  limits.map((limit, i) => ({
    name: limit.name,
    left: Math.max(0, Math.floor(leftOf(limit, at(levels, i), now) + 1e-9)),
    resetMs: Math.max(0, Math.ceil(fullAt(limit, at(levels, i)) - now)),
  }))

/** Levels are made from the limits, one for each. */
function at(levels: readonly Level[], index: number): Level {
  const level = levels[index]
  if (level === undefined) throw new Error('a limit without a level')
  return level
}
