import type { Counts } from '../ports.ts'
import { BOUNDS_MS, DURATIONS, type Family, parseSeries, REQUESTS } from './series.ts'
import { UPSTREAM_DURATIONS, UPSTREAM_REQUESTS } from './series.ts'

/** What the counters say, for people: since they were first counted, over all isolates. */
export interface MetricsSummary {
  readonly routes: readonly Summed[]
  readonly upstreams: readonly Summed[]
}

/** Requests of a route, or calls of an upstream. */
export interface Summed {
  readonly name: string
  readonly count: number
  /** By the first digit of the status; `0xx` had no answer. */
  readonly statuses: Readonly<Record<string, number>>
  /** Upper bounds of the buckets in which these quantiles lie, in milliseconds; null beyond the last bound. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

/** Sums series by route and by upstream, busiest first. */
export function summarize(counts: Counts): MetricsSummary {
  const parsed = Object.entries(counts).flatMap(([series, sums]) => {
    const found = parseSeries(series)
    return found === undefined ? [] : [{ ...found, sums }]
  })
  return {
    routes: sumBy(parsed, REQUESTS, DURATIONS),
    upstreams: sumBy(parsed, UPSTREAM_REQUESTS, UPSTREAM_DURATIONS),
  }
}

interface Parsed {
  readonly family: Family
  readonly labels: readonly string[]
  readonly sums: readonly number[]
}

/** The first label is the name, the last of a counter is the status. */
function sumBy(series: readonly Parsed[], counter: Family, histogram: Family): readonly Summed[] {
  const counted = Map.groupBy(
    series.filter(({ family }) => family === counter),
    ({ labels }) => labels[0] ?? '',
  )
  const timed = new Map(
    series
      .filter(({ family }) => family === histogram)
      .map(({ labels, sums }) => [labels[0] ?? '', sums]),
  )
  return [...counted]
    .map(([name, own]) => {
      const statuses: Record<string, number> = {}
      for (const { labels, sums } of own) {
        const kind = `${labels.at(-1)?.charAt(0) ?? '0'}xx`
        statuses[kind] = (statuses[kind] ?? 0) + (sums[0] ?? 0)
      }
      const count = Object.values(statuses).reduce((sum, n) => sum + n, 0)
      const buckets = (timed.get(name) ?? []).slice(0, BOUNDS_MS.length + 1)
      return {
        name,
        count,
        statuses,
        p50Ms: quantile(buckets, 0.5),
        p95Ms: quantile(buckets, 0.95),
      }
    })
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
}

function quantile(buckets: readonly number[], share: number): number | null {
  const wanted = buckets.reduce((sum, n) => sum + n, 0) * share
  let seen = 0
  for (const [index, count] of buckets.entries()) {
    seen += count
    if (seen >= wanted && seen > 0) return BOUNDS_MS[index] ?? null
  }
  return null
}
