import type { Cleanup } from './cleanup.ts'
import { load } from './load.ts'
import { COUNTING, forkUpstream, startBare, type Subject } from './processes.ts'
import { BEARER } from './jwt.ts'
import { summarize, type Summary } from './statistics.ts'
import { inTurns, type Turns } from './turns.ts'

/** What the duties of a gateway cost a Worker that does nothing else: no ratio of ours can be below this. */
export interface FloorCost {
  readonly name: string
  readonly cpuUs: Summary
  /** CPU over that of the same Worker without them, round by round. */
  readonly ratio: Summary
}

/** With and without, in turns: a fetch, one behind a verified token, one behind a counter. */
export async function measureFloors(turns: Turns, cleanup: Cleanup): Promise<readonly FloorCost[]> {
  process.stderr.write('bare Workers with the duties of a gateway ...\n')
  const upstream = await forkUpstream()
  cleanup.add(upstream.close)
  const bare = await startBare(upstream.origin)
  cleanup.add(bare.close)
  const counting = await startBare(upstream.origin, COUNTING)
  cleanup.add(counting.close)
  const floors = []
  for (const [name, subject, kinds] of [
    ['headers: fetch', bare, ['pass', 'pass-headers']],
    ['all: fetch', bare, ['pass', 'pass-duties']],
    ['all: verified token and fetch', bare, ['jwt', 'jwt-duties']],
    ['all: UPSERT and fetch', counting, ['pass', 'pass-duties']],
  ] as const) {
    floors.push({ name, ...(await compare(subject, kinds, turns)) })
  }
  await Promise.all([bare.close(), counting.close(), upstream.close()])
  return floors
}

async function compare(
  subject: Subject,
  [plain, dutiful]: readonly [plain: string, dutiful: string],
  turns: Turns,
) {
  const cpuOf = (path: string) => async (seconds: number) =>
    (await load(subject, `/${path}/1k`, seconds, { headers: [BEARER] })).cpuUs
  const pairs = await inTurns(cpuOf(dutiful), cpuOf(plain), turns)
  return {
    cpuUs: summarize(pairs.map(({ one }) => one)),
    ratio: summarize(pairs.map(({ one, other }) => one / other)),
  }
}
