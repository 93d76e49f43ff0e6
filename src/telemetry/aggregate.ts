import type { Counts, Sample } from '../ports.ts'
import {
  DURATIONS,
  emptyHistogram,
  LIMITS,
  observe,
  REQUESTS,
  seriesName,
  UPSTREAM_DURATIONS,
  UPSTREAM_REQUESTS,
} from './series.ts'

/** What this isolate has counted and not yet handed on. */
export interface Aggregate {
  /** Runs once per request: number keys and cells that are found again, hardly an allocation. */
  readonly add: (sample: Sample) => void
  /** Hands over all counts and starts from nothing. */
  readonly drain: () => Counts
}

/** Counts by route or upstream. Their names come from the plan, so the number of cells is bounded. */
type Cells = Map<string, Cell>

interface Cell {
  /** By status and method, see `outcomeKey`. */
  readonly outcomes: Map<number, number>
  readonly durations: number[]
}

export function createAggregate(): Aggregate {
  let routes: Cells = new Map()
  let upstreams: Cells = new Map()
  let limits = new Map<string, number>()
  return {
    add: ({ route, method, status, durationMs, upstreams: calls, limits: events = [] }) => {
      tally(cellOf(routes, route), outcomeKey(status, method), durationMs)
      for (const call of calls) {
        tally(cellOf(upstreams, call.name), outcomeKey(call.status, ''), call.durationMs)
      }
      for (const { rule, outcome } of events) {
        const series = seriesName(LIMITS, [route, rule, outcome])
        limits.set(series, (limits.get(series) ?? 0) + 1)
      }
    },
    drain: () => {
      const series = [
        ...[...routes].flatMap(listRoute),
        ...[...upstreams].flatMap(listUpstream),
        ...[...limits].map(([name, count]) => [name, [count]] as const),
      ]
      routes = new Map()
      upstreams = new Map()
      limits = new Map()
      return Object.fromEntries(series)
    },
  }
}

function cellOf(cells: Cells, name: string): Cell {
  const known = cells.get(name)
  if (known !== undefined) return known
  const cell = { outcomes: new Map<number, number>(), durations: emptyHistogram() }
  cells.set(name, cell)
  return cell
}

function tally({ outcomes, durations }: Cell, outcome: number, durationMs: number): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  observe(durations, durationMs)
}

/** Methods with a label of their own; a client's inventions are all `OTHER`. */
const METHODS = ['OTHER', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const INDEX_OF_METHOD: ReadonlyMap<string, number> = new Map(
  METHODS.map((method, index) => [method, index]),
)

/** Status and method in one number, which is cheaper to look up than a text; odd statuses are 0. */
const outcomeKey = (status: number, method: string): number =>
  (status >= 100 && status <= 599 ? Math.trunc(status) : 0) * METHODS.length +
  (INDEX_OF_METHOD.get(method) ?? 0)

const statusOf = (outcome: number): string => String(Math.floor(outcome / METHODS.length))
const methodOf = (outcome: number): string => METHODS[outcome % METHODS.length] ?? 'OTHER'

type Entry = readonly [series: string, values: readonly number[]]

const listRoute = ([route, { outcomes, durations }]: readonly [string, Cell]): readonly Entry[] => [
  ...[...outcomes].map(([outcome, count]) => {
    const series = seriesName(REQUESTS, [route, methodOf(outcome), statusOf(outcome)])
    return [series, [count]] as const
  }),
  [seriesName(DURATIONS, [route]), durations],
]

const listUpstream = ([upstream, { outcomes, durations }]: readonly [
  string,
  Cell,
]): readonly Entry[] => [
  ...[...outcomes].map(([outcome, count]) => {
    const series = seriesName(UPSTREAM_REQUESTS, [upstream, statusOf(outcome)])
    return [series, [count]] as const
  }),
  [seriesName(UPSTREAM_DURATIONS, [upstream]), durations],
]
