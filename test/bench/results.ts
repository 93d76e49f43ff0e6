import type { FloorCost } from './floors.ts'
import type { LimitResults } from './limiting.ts'
import type { RoutesCost } from './matching.ts'
import type { Comparison, Kind } from './proxying.ts'
import type { StackTimes } from './stack.ts'
import type { StartCost } from './start-up.ts'
import type { Summary } from './statistics.ts'
import type { StoreCost } from './storing.ts'
import type { SwitchCost } from './switching.ts'

/** Everything that was measured, as it is written to the JSON file. What was left out by `--only` is empty. */
export interface Results {
  readonly time: string
  readonly machine: {
    readonly platform: string
    readonly cpus: number
    readonly cpu: string
    readonly node: string
    readonly workerd: string
    /** One minute's average before the first run: others who use the machine. */
    readonly loadAverage: number
  }
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
  readonly bundle: { readonly bytes: number; readonly gzipBytes: number }
  readonly floors: readonly FloorCost[]
  readonly proxying: readonly Comparison[]
  readonly limits?: LimitResults
  readonly store?: StoreCost
  readonly switching?: SwitchCost
  readonly routes: readonly RoutesCost[]
  readonly start?: StartCost
  readonly stack?: StackTimes
}

/** What the project aims at; missing one is no failure. */
export const GOALS = {
  ratio: { pass: 1.15, whitelist: 1.2, merge: 1.2, jwt: 1.15 } satisfies Record<Kind, number>,
  startMs: 50,
  storeRatio: 1.02,
  switchMs: 500,
  switchWaitMs: 250,
  /** At 10,000 routes. */
  matchUs: 20,
  bundleGzipBytes: 150_000,
} as const

/** What `--check` fails above. Raised only with a reason in the commit. */
export const CEILINGS = {
  passRatio: 1.25,
  jwtRatio: 1.15,
  startMs: 100,
  /** The goal, and what two runs of the same differ by. */
  storeRatio: 1.05,
  switchMs: 500,
  switchWaitMs: 250,
  bundleGzipBytes: 150_000,
  /** Of CB-Spider and its PostgreSQL, on the test cluster. */
  upSeconds: 20,
  previewSeconds: 3,
  wiringSeconds: 5,
} as const

/** The goal for a comparison: with the log on; parsing is not the gateway's cost where 100 kB are filtered. */
export function goalOf({ kind, size, log }: Comparison): number | undefined {
  if (log === 'off' || (kind === 'whitelist' && size === '100k')) return undefined
  return GOALS.ratio[kind]
}

export function ceilingOf({ kind, log }: Comparison): number | undefined {
  if (log === 'off') return undefined
  return kind === 'pass' ? CEILINGS.passRatio : kind === 'jwt' ? CEILINGS.jwtRatio : undefined
}

/** A result beside its ceiling. */
export interface Verdict {
  readonly name: string
  readonly value: number
  readonly ceiling: number
  readonly state: 'ok' | 'too high' | 'not measured'
}

/** Compares with every ceiling; what was not measured says so. */
export function judge(results: Results): readonly Verdict[] {
  const { bundle, proxying, limits, start, stack } = results
  const ratios = proxying.flatMap((comparison) => {
    const ceiling = ceilingOf(comparison)
    const name = `CPU ratio of ${comparison.kind}, ${comparison.size}`
    return ceiling === undefined ? [] : [verdict(name, comparison.ratio.median, ceiling)]
  })
  return [
    verdict('bundle, kB gzip', bundle.gzipBytes / 1000, CEILINGS.bundleGzipBytes / 1000),
    verdict('start of a 1,000-route plan, ms', start?.wallMs.median, CEILINGS.startMs),
    ...(ratios.length > 0
      ? ratios
      : [verdict('CPU ratio of pass-through', undefined, CEILINGS.passRatio)]),
    ...judgeLimits(limits),
    ...judgeStack(stack),
    ...judgeStore(results),
  ]
}

function judgeStore({ store, switching }: Results): readonly Verdict[] {
  const failed = switching && switching.publisher.failed + switching.follower.failed
  const waitMs = switching && Math.max(switching.publisher.p999Ms, switching.follower.p999Ms)
  return [
    verdict('CPU ratio with the store', store?.ratio.median, CEILINGS.storeRatio),
    verdict('head to new plan, ms', switching?.worstSwitchMs, CEILINGS.switchMs),
    verdict('p99.9 wait while publishing, ms', waitMs, CEILINGS.switchWaitMs),
    verdict('requests that failed while publishing', failed, 0),
  ]
}

function judgeStack(stack: StackTimes | undefined): readonly Verdict[] {
  const times = stack?.kind === 'measured' ? stack : undefined
  const seconds = (name: string, summary: Summary | undefined, ceiling: number) =>
    verdict(`${name}, s`, summary && summary.median / 1000, ceiling)
  return [
    seconds('up of a new stack', times?.upMs, CEILINGS.upSeconds),
    seconds('preview of an unchanged stack', times?.previewMs, CEILINGS.previewSeconds),
    seconds('from ready to published', times?.wiringMs, CEILINGS.wiringSeconds),
  ]
}

function judgeLimits(limits: LimitResults | undefined): readonly Verdict[] {
  if (limits === undefined) return [verdict('CPU ratios of limits', undefined, Number.NaN)]
  return [
    ...limits.costs.map(({ name, ratio, ceiling }) =>
      verdict(`CPU ratio of limits: ${name}`, ratio.median, ceiling),
    ),
    ...limits.admissions.map(({ name, admitted, allowed }) =>
      verdict(`admitted / allowed: ${name}`, admitted / allowed, 1),
    ),
  ]
}

function verdict(name: string, value = Number.NaN, ceiling: number): Verdict {
  const state = Number.isNaN(value) ? 'not measured' : value > ceiling ? 'too high' : 'ok'
  return { name, value, ceiling, state }
}
