import type { Limit } from '../../ports/limiter.ts'

/**
 * How far a limit is used. A bucket: full at `since`, and `used` tokens taken after that. A window: begun at `since`.
 *
 * What is left is a function of this and the time, so nothing adds up to rounding errors, and a clock that is set back
 * and forth grants nothing twice.
 */
export interface Level {
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly used: number
}

/** The level as it counts now: a full limit begins anew. */
export function settle(limit: Limit, level: Level | undefined, now: number): Level {
  const { capacity } = limit
  if (limit.kind === 'bucket') {
    if (level === undefined) return { since: now, used: 0 }
    const left = leftOf(limit, level, now)
    if (left >= capacity) return { since: now, used: 0 }
    // Nothing is ever taken below zero: the clock went back, by more than the bucket takes to fill.
    return left < -capacity ? { since: now, used: capacity } : level
  }
  const start = now - (now % limit.periodMs)
  if (level === undefined || start > level.since) return { since: start, used: 0 }
  // A clock that went back keeps the window it was in, unless that is further away than the next one.
  return start < level.since - limit.periodMs ? { since: start, used: level.used } : level
}

/** Tokens left of a settled level; below zero when the clock went back or the limit was lowered. */
export const leftOf = (limit: Limit, { since, used }: Level, now: number): number =>
  limit.kind === 'window'
    ? limit.capacity - used
    : Math.min(limit.capacity, limit.capacity + ((now - since) * limit.perSecond) / 1000 - used)

/** Whether that many tokens are left. Fractions of a rate such as 0.1 are rounded: a billionth of a token is given. */
export const hasLeft = (limit: Limit, level: Level, tokens: number, now: number): boolean =>
  leftOf(limit, level, now) + 1e-9 >= tokens

/** Milliseconds until that many tokens are left; 0 when they are. */
export function waitFor(limit: Limit, level: Level, tokens: number, now: number): number {
  if (hasLeft(limit, level, tokens, now)) return 0
  if (limit.kind === 'window') return level.since + limit.periodMs - now
  const about = Math.ceil(((tokens - leftOf(limit, level, now)) * 1000) / limit.perSecond)
  // Rounding may be off by one either way; what counts is what will be said then.
  const isEnough = (ms: number) => ms > 0 && hasLeft(limit, level, tokens, now + ms)
  return [about - 1, about].find(isEnough) ?? about + 1
}

/** When the limit is full again if nothing more is taken: then nothing needs to be kept. */
export const fullAt = (limit: Limit, { since, used }: Level): number =>
  limit.kind === 'window' ? since + limit.periodMs : since + (used * 1000) / limit.perSecond
