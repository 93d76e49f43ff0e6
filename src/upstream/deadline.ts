/** A clock on one call: aborts its signal when the time is over, unless stopped before. */
export interface Deadline {
  /** Undefined when there is no limit. */
  readonly signal: AbortSignal | undefined
  readonly limitMs: number
  readonly hasPassed: () => boolean
  readonly stop: () => void
}

/**
 * Starts a clock of `limitMs`; 0 means no limit. It is stopped by hand (at the headers of a stream, at the end of a
 * formatted body), because `AbortSignal.timeout` would also cut a good stream.
 */
export function startDeadline(limitMs: number): Deadline {
  if (limitMs === 0) {
    return { signal: undefined, limitMs, hasPassed: () => false, stop: () => {} }
  }
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), limitMs)
  return {
    signal: controller.signal,
    limitMs,
    hasPassed: () => controller.signal.aborted,
    stop: () => clearTimeout(timer),
  }
}

/** The clocks of calls that start together. */
export interface Clocks {
  /** Calls with the same limit share one: a timer and its signal cost a tenth of a bare call. */
  readonly start: (limitMs: number) => Deadline
  readonly stop: () => void
}

/** No clock runs yet. */
export function createClocks(): Clocks {
  const running = new Map<number, Deadline>()
  return {
    start: (limitMs) => {
      const known = running.get(limitMs)
      if (known !== undefined) return known
      const deadline = startDeadline(limitMs)
      running.set(limitMs, deadline)
      return deadline
    },
    stop: () => {
      for (const deadline of running.values()) deadline.stop()
    },
  }
}

/** The tighter of two limits in milliseconds, where 0 means none. */
export const tighter = (a: number, b: number): number =>
  a === 0 ? b : b === 0 ? a : Math.min(a, b)

/**
 * What is left of a limit, at least 1 ms; 0 stays no limit. A wall clock that was set back makes the time elapsed
 * negative: the rest is never more than the limit.
 */
export const remaining = (limitMs: number, elapsedMs: number): number =>
  limitMs === 0 ? 0 : Math.min(limitMs, Math.max(1, limitMs - elapsedMs))
