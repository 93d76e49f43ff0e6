import { setTimeout as wait } from 'node:timers/promises'

/** Time as the stand-ins see it; a test hands in a clock that it moves itself. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
}

/** The real clock. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => wait(ms, undefined, { ref: false }),
}
