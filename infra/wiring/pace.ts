/** Time as seen by code that waits; tests give one that does not pass by itself. */
export interface Pace {
  /** Milliseconds, of any origin; never goes back. */
  readonly now: () => number
  readonly wait: (ms: number) => Promise<void>
}

export const realPace: Pace = {
  now: () => performance.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/** Waits between attempts: 0.5 s, doubled up to 5 s. */
export const backOffMs = (attempt: number): number => Math.min(5_000, 500 * 2 ** attempt)
