/** Time between two isolates that come back after a refusal: at most 200 of them a second. */
const SPACING_MS = 5
/** An isolate asks again after so long, whatever it was told: a key may be reset, a clock set right. */
const LONGEST_MS = 10_000

/** When an isolate that was refused may ask again, and when the turn after it is. */
export interface Turn {
  readonly holdOffMs: number
  readonly nextTurnAt: number
}

/**
 * Gives out turns: whoever was refused comes back once there may be tokens, one isolate after the other. So a thousand
 * isolates that are all refused do not ask more often than one object can answer. Jitter (`random` is in [0, 1)) keeps
 * apart those that got the same turn from different objects, or the longest.
 */
export function giveTurn(
  retryAfterMs: number,
  nextTurnAt: number,
  now: number,
  random: number,
): Turn {
  // A clock that went back leaves turns far away.
  const turnAt = nextTurnAt > now + LONGEST_MS ? now + LONGEST_MS : Math.max(now, nextTurnAt)
  const wanted = retryAfterMs + (turnAt - now) * (1 + random / 10)
  const longest = LONGEST_MS * (1 - random / 10)
  return {
    holdOffMs: Math.ceil(Math.min(wanted, longest) + random * SPACING_MS),
    nextTurnAt: turnAt + SPACING_MS,
  }
}
