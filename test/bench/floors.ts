import type { Cleanup } from './cleanup.ts'
import { load } from './load.ts'
import { COUNTING, forkUpstream, startBare, type Subject } from './processes.ts'
import { BEARER } from './jwt.ts'
import { summarize, type Summary } from './statistics.ts'

/** What the headers of a gateway cost a Worker that does nothing else: no ratio of ours can be below this. */
export interface HeaderCost {
  readonly name: string
  readonly cpuUs: Summary
  /** CPU over that of the same Worker without them, round by round. */
  readonly ratio: Summary
}

interface Duration {
  readonly rounds: number
  readonly seconds: number
}

/** With and without the headers, in turns: a fetch, one behind a verified token, one behind a counter. */
export async function measureFloors(
  duration: Duration,
  cleanup: Cleanup,
): Promise<readonly HeaderCost[]> {
  process.stderr.write('bare Workers with the headers of a gateway ...\n')
  const upstream = await forkUpstream()
  cleanup.add(upstream.close)
  const bare = await startBare(upstream.origin)
  cleanup.add(bare.close)
  const counting = await startBare(upstream.origin, COUNTING)
  cleanup.add(counting.close)
  const floors = []
  for (const [name, subject, kind] of [
    ['fetch', bare, 'pass'],
    ['verified token and fetch', bare, 'jwt'],
    ['UPSERT and fetch', counting, 'pass'],
  ] as const) {
    floors.push({ name, ...(await compare(subject, kind, duration)) })
  }
  await Promise.all([bare.close(), counting.close(), upstream.close()])
  return floors
}

async function compare(subject: Subject, kind: string, { rounds, seconds }: Duration) {
  const run = async (path: string, time: number) =>
    (await load(subject, `/${path}/1k`, time, { headers: [BEARER] })).cpuUs
  const [plain, stamped] = [kind, `${kind}-headers`]
  for (const path of [plain, stamped]) await run(path, Math.min(seconds, WARM_UP_S))
  const pairs: { readonly one: number; readonly other: number }[] = []
  for (let round = 0; round < rounds; round++) {
    pairs.push({ one: await run(stamped, seconds), other: await run(plain, seconds) })
  }
  return {
    cpuUs: summarize(pairs.map(({ one }) => one)),
    ratio: summarize(pairs.map(({ one, other }) => one / other)),
  }
}

/** Until the engine has compiled what is hot. */
const WARM_UP_S = 3
