import { CAN_MEASURE_CPU } from './cpu.ts'
import type { FloorCost } from './floors.ts'
import type { LimitResults } from './limiting.ts'
import type { RoutesCost } from './matching.ts'
import type { Comparison } from './proxying.ts'
import { CEILINGS, ceilingOf, GOALS, goalOf, judge, type Results } from './results.ts'
import type { StackTimes } from './stack.ts'
import type { StartCost } from './start-up.ts'
import type { StoreCost } from './storing.ts'
import type { SwitchCost } from './switching.ts'
import type { Summary } from './statistics.ts'

/** The results as text for people. */
export function printReport(results: Results): string {
  const { machine, floors, proxying, limits, store, switching, routes, start, stack } = results
  return [
    `${machine.cpus} x ${machine.cpu}, ${machine.platform}, load ${number(machine.loadAverage, 1)}, node ${machine.node}, workerd ${machine.workerd}`,
    ...(CAN_MEASURE_CPU ? [] : ['CPU time is read from /proc, so it is measured on Linux only.']),
    ...(floors.length > 0 ? ['', ...printFloors(floors)] : []),
    ...(proxying.length > 0 ? ['', ...printProxying(results)] : []),
    ...(limits === undefined ? [] : ['', ...printLimits(limits)]),
    ...(store === undefined ? [] : ['', printStore(store)]),
    ...(switching === undefined ? [] : ['', ...printSwitching(switching)]),
    ...(routes.length > 0 ? ['', ...printRoutes(routes)] : []),
    ...(start === undefined ? [] : ['', ...printStart(start)]),
    ...(stack === undefined ? [] : ['', ...printStack(stack)]),
    '',
    ...printBundle(results),
    '',
  ].join('\n')
}

/** One line for each ceiling. */
export const printVerdicts = (results: Results): string =>
  judge(results)
    .map(
      ({ name, value, ceiling, state }) =>
        `${state.padEnd(12)}  ${name}: ${number(value, 2)} (ceiling ${ceiling})\n`,
    )
    .join('')

function printProxying({ proxying, rounds, seconds, connections }: Results): readonly string[] {
  const title = `Proxying: ${connections} connections, ${rounds} x ${seconds} s in turns, medians and half the distance between the quartiles`
  const head = ['', 'CPU us/request', 'bare', 'ratio', 'goal', 'ceiling', '1/s', 'bare']
  const rows = proxying.map((comparison) => rowOf(comparison))
  return [title, ...table([[...head, 'p50 ms', 'bare', 'p99 ms', 'bare'], ...rows])]
}

function rowOf(comparison: Comparison): readonly string[] {
  const { kind, size, log, gateway, bare, ratio } = comparison
  return [
    `${kind} ${size.padStart(4)}${log === 'off' ? ', log off' : ''}`,
    spread(gateway.cpuUs, 0),
    spread(bare.cpuUs, 0),
    spread(ratio, 2),
    limit(goalOf(comparison)),
    limit(ceilingOf(comparison)),
    number(gateway.perSecond, 0),
    number(bare.perSecond, 0),
    number(gateway.p50Ms, 0),
    number(bare.p50Ms, 0),
    number(gateway.p99Ms, 0),
    number(bare.p99Ms, 0),
  ]
}

function printFloors(floors: readonly FloorCost[]): readonly string[] {
  const rows = floors.map(({ name, cpuUs, ratio }) => [name, spread(cpuUs, 0), spread(ratio, 2)])
  return [
    'Floors: a bare Worker with a gateway’s headers, or all its duties (time limit, reset of the client, log line), over the same without',
    ...table([['', 'CPU us/request', 'ratio'], ...rows]),
  ]
}

function printLimits({ costs, admissions }: LimitResults): readonly string[] {
  const rows = costs.map(({ name, cpuUs, ratio, ceiling, p50Ms, p99Ms }) => [
    name,
    spread(cpuUs, 0),
    spread(ratio, 2),
    limit(ceiling),
    number(p50Ms, 0),
    number(p99Ms, 0),
  ])
  return [
    'Limits: pass-through of 1 kB, in turns with what it is compared with',
    ...table([['', 'CPU us/request', 'ratio', 'ceiling', 'p50 ms', 'p99 ms'], ...rows]),
    ...admissions.map(
      ({ name, admitted, allowed }) =>
        `${name}: ${admitted} admitted of ${allowed} allowed (${number(admitted / allowed, 3)})`,
    ),
  ]
}

const printStore = ({ cpuUs, ratio }: StoreCost): string =>
  `Store: pass-through of 1 kB on an unchanged plan ${spread(cpuUs, 0)} CPU us, ${spread(ratio, 3)} of the same without a store (goal <= ${GOALS.storeRatio})`

function printSwitching(cost: SwitchCost): readonly string[] {
  const { routes, files, perSecond, publishMs, switchMs, worstSwitchMs, publisher, follower } = cost
  const rows = Object.entries({ publisher, follower }).map(([name, waits]) => [
    name,
    `${waits.asked}`,
    `${waits.failed}`,
    number(waits.p50Ms, 0),
    number(waits.p999Ms, 0),
  ])
  return [
    `One of ${files} files of ${routes.toLocaleString('en')} routes is published at ${perSecond} requests per second: ` +
      `publish ${spread(publishMs, 0)} ms, head to new plan ${spread(switchMs, 0)} ms, at most ${number(worstSwitchMs, 0)} ` +
      `(goals: ${GOALS.switchMs} ms, no failure, p99.9 ${GOALS.switchWaitMs} ms)`,
    ...table([['requests to the', 'asked', 'failed', 'p50 ms', 'p99.9 ms'], ...rows]),
  ]
}

function printRoutes(routes: readonly RoutesCost[]): readonly string[] {
  const head = ['', 'match us', 'miss us', 'matcher MB', 'activate ms', 'first', 'compile ms']
  const rows = routes.map((cost) => [
    `${cost.routes.toLocaleString('en')} routes`,
    number(cost.hitUs, 2),
    number(cost.missUs, 2),
    number(cost.matcherBytes / 1e6, 2),
    number(cost.activateMs, 1),
    number(cost.firstActivateMs, 1),
    number(cost.compileMs, 0),
  ])
  return [
    `Routes, in Node (goal: match <= ${GOALS.matchUs} us at 10,000 routes)`,
    ...table([head, ...rows]),
  ]
}

function printStart({ routes, starts, wallMs, cpuMs, baseline }: StartCost): readonly string[] {
  return [
    `Start of workerd until /__health answers, ${starts} starts each (goal <= ${GOALS.startMs} ms for what the plan adds)`,
    ...table([
      ['', 'wall ms', 'CPU ms'],
      ['with 1 route', number(baseline.wallMs, 0), number(baseline.cpuMs, 0)],
      [`added by ${routes.toLocaleString('en')} routes`, spread(wallMs, 0), spread(cpuMs, 0)],
    ]),
  ]
}

function printStack(stack: StackTimes): readonly string[] {
  if (stack.kind === 'skipped') return [`Stack: not measured: ${stack.reason}`]
  const row = (name: string, times: Summary, ceiling: number) => [
    name,
    spread(seconds(times), 1),
    limit(ceiling),
  ]
  return [
    `Stack of CB-Spider and its PostgreSQL on a cluster, ${stack.rounds} rounds`,
    ...table([
      ['', 's', 'ceiling'],
      row('up of a new one', stack.upMs, CEILINGS.upSeconds),
      row('preview, unchanged', stack.previewMs, CEILINGS.previewSeconds),
      row('from ready to published', stack.wiringMs, CEILINGS.wiringSeconds),
    ]),
  ]
}

const seconds = ({ median, spread }: Summary): Summary => ({
  median: median / 1000,
  spread: spread / 1000,
})

function printBundle({ bundle }: Results): readonly string[] {
  const goal = GOALS.bundleGzipBytes / 1000
  return [
    `Bundle: ${number(bundle.gzipBytes / 1000, 1)} kB gzip, ${number(bundle.bytes / 1000, 1)} kB (goal <= ${goal} kB gzip)`,
  ]
}

/** The first column is text, the others are numbers. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

const number = (value: number, digits: number): string =>
  Number.isNaN(value) ? 'n/a' : value.toFixed(digits)

const spread = ({ median, spread }: Summary, digits: number): string =>
  Number.isNaN(median) ? 'n/a' : `${median.toFixed(digits)} ±${spread.toFixed(digits)}`

const limit = (value: number | undefined): string => (value === undefined ? '-' : `${value}`)
