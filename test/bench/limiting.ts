import { type Expectation, load, type Run } from './load.ts'
import type { Subject } from './processes.ts'
import { summarize, type Summary } from './statistics.ts'
import { inTurns } from './turns.ts'

/** What a limit costs, over what the same request costs without it or with the least that can count. */
export interface LimitCost {
  readonly name: string
  readonly cpuUs: Summary
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU over that of the other, round by round. */
  readonly ratio: Summary
  readonly ceiling: number
}

/** How much of what a limit allows passes when far more is offered. */
export interface Admission {
  readonly name: string
  readonly admitted: number
  /** The bucket, and the rate for as long as the load went on. */
  readonly allowed: number
}

export interface LimitResults {
  readonly costs: readonly LimitCost[]
  readonly admissions: readonly Admission[]
}

interface Contestant {
  readonly subject: Subject
  readonly path: string
  readonly expectation?: Expectation
}

interface Limits {
  readonly gateway: Subject
  /** A bare Worker with one object that does one UPSERT. */
  readonly counting: Subject
  readonly rounds: number
  readonly seconds: number
}

/** Both kinds of results; each pair in turns. */
export async function measureLimits(given: Limits): Promise<LimitResults> {
  const { gateway, counting } = given
  const free = { subject: gateway, path: '/pass/1k' }
  const at = (path: string, expectation?: Expectation): Contestant => ({
    subject: gateway,
    path: `${path}/1k`,
    ...(expectation && { expectation }),
  })
  const pairs: readonly [string, number, Contestant, Contestant][] = [
    ['leased, over no limit', 1.1, at('/leased'), free],
    [
      'exact, over a bare Worker with an UPSERT',
      1.15,
      at('/exact'),
      { subject: counting, path: '/pass/1k' },
    ],
    ['refused in hold-off, over no limit', 0.6, at('/refused', { isRefused: true }), free],
    [
      '10,000 keys, over one',
      1.2,
      at('/keyed', { headers: clients(10_000) }),
      at('/keyed', { headers: clients(1) }),
    ],
  ]
  const costs: LimitCost[] = []
  for (const [name, ceiling, one, other] of pairs) {
    process.stderr.write(`limits: ${name} ...\n`)
    costs.push({ name, ceiling, ...(await compare(one, other, given)) })
  }
  const admissions: Admission[] = []
  for (const [path, rate] of [
    ['/hundred/1k', 100],
    ['/thousand/1k', 1000],
  ] as const) {
    const { perSecond, seconds } = await load(gateway, path, given.seconds, { isRefused: 'mostly' })
    admissions.push({
      name: `${rate} per second, ${rate > 100 ? 'leased' : 'exact'}`,
      admitted: Math.round(perSecond * seconds),
      allowed: Math.round(rate + rate * seconds),
    })
  }
  return { costs, admissions }
}

const clients = (count: number): readonly Readonly<Record<string, string>>[] =>
  Array.from({ length: count }, (_, i) => ({ 'x-client': `client ${i}` }))

async function compare(
  one: Contestant,
  other: Contestant,
  { rounds, seconds }: Pick<Limits, 'rounds' | 'seconds'>,
): Promise<Omit<LimitCost, 'name' | 'ceiling'>> {
  const runOf =
    ({ subject, path, expectation }: Contestant) =>
    (time: number) =>
      load(subject, path, time, expectation)
  const pairs = await inTurns(runOf(one), runOf(other), { rounds, seconds })
  const median = (pick: (run: Run) => number) =>
    summarize(pairs.map((pair) => pick(pair.one))).median
  return {
    cpuUs: summarize(pairs.map((pair) => pair.one.cpuUs)),
    p50Ms: median(({ p50Ms }) => p50Ms),
    p99Ms: median(({ p99Ms }) => p99Ms),
    ratio: summarize(pairs.map((pair) => pair.one.cpuUs / pair.other.cpuUs)),
  }
}
