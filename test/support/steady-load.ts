/** What became of requests that were sent at a steady rate. */
export interface LoadResult {
  readonly asked: number
  /** What was not as expected, in words. */
  readonly wrong: readonly string[]
  /** From when each request was due to when its answer was there, in ascending order. */
  readonly waitsMs: readonly number[]
}

/**
 * Sends requests at a steady rate, however slowly they are answered, until it is stopped. `ask` resolves with what is
 * wrong about its answer, or undefined.
 */
export function startLoad(
  ask: () => Promise<string | undefined>,
  perSecond: number,
): () => Promise<LoadResult> {
  const asking: Promise<void>[] = []
  const wrong: string[] = []
  const waitsMs: number[] = []
  const startedAt = performance.now()
  const send = async (dueAt: number) => {
    const fault = await ask().catch(String)
    if (fault !== undefined) wrong.push(fault)
    waitsMs.push(performance.now() - dueAt)
  }
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * perSecond
    while (asking.length < due) asking.push(send(startedAt + (asking.length * 1000) / perSecond))
  }, 2)
  return async () => {
    clearInterval(timer)
    await Promise.all(asking)
    return { asked: asking.length, wrong, waitsMs: waitsMs.toSorted((a, b) => a - b) }
  }
}

/** The wait that a share of all requests did not exceed. */
export const waitOf = ({ waitsMs }: LoadResult, share: number): number =>
  waitsMs[Math.min(waitsMs.length - 1, Math.floor(share * waitsMs.length))] ?? Number.NaN
