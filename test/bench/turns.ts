/** How often and how long each of two is run. */
export interface Turns {
  readonly rounds: number
  readonly seconds: number
}

/** Runs something for so many seconds. */
type Run<T> = (seconds: number) => Promise<T>

/** Runs two in turns, so that whatever else happens on the machine meets both. */
export async function inTurns<T>(
  one: Run<T>,
  other: Run<T>,
  { rounds, seconds }: Turns,
): Promise<readonly { readonly one: T; readonly other: T }[]> {
  await warmUp([one, other], seconds)
  const pairs: { readonly one: T; readonly other: T }[] = []
  for (let round = 0; round < rounds; round++) {
    pairs.push({ one: await one(seconds), other: await other(seconds) })
  }
  return pairs
}

/** Until the engine has compiled what is hot. */
const WARM_UP_S = 3

/** Runs each for a while that does not count, before runs of so many seconds. */
export async function warmUp(runs: readonly Run<unknown>[], seconds: number): Promise<void> {
  for (const run of runs) await run(Math.min(seconds, WARM_UP_S))
}
