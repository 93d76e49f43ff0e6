import type { Clock } from '../../src/cli/demo/clock.ts'

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time and wakes who has slept long enough. */
  readonly advance: (ms: number) => void
}

/** Starts at noon of 1 June 2026 (UTC). */
export function createManualClock(): ManualClock {
  let now = Date.UTC(2026, 5, 1, 12)
  const sleepers: { readonly until: number; readonly wake: () => void }[] = []
  return {
    now: () => now,
    sleep: (ms) => new Promise((wake) => sleepers.push({ until: now + ms, wake })),
    advance: (ms) => {
      now += ms
      for (const { until, wake } of sleepers) if (until <= now) wake()
    },
  }
}
