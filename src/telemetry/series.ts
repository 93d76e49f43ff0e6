/** A metric of the gateway. Its name is part of every series in storage: a changed meaning needs a new name. */
export interface Family {
  readonly name: string
  readonly type: 'counter' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

export const REQUESTS: Family = {
  name: 'cb_bridge_requests_total',
  type: 'counter',
  help: 'Requests answered; route - is no route, status 0 is no answer.',
  labels: ['route', 'method', 'status'],
}

export const DURATIONS: Family = {
  name: 'cb_bridge_request_duration_seconds',
  type: 'histogram',
  help: 'Time from the request to the headers of its answer.',
  labels: ['route'],
}

export const UPSTREAM_REQUESTS: Family = {
  name: 'cb_bridge_upstream_requests_total',
  type: 'counter',
  help: 'Calls of upstreams; status 0 is no answer.',
  labels: ['upstream', 'status'],
}

export const UPSTREAM_DURATIONS: Family = {
  name: 'cb_bridge_upstream_request_duration_seconds',
  type: 'histogram',
  help: 'Time from a call of an upstream to the headers of its answer.',
  labels: ['upstream'],
}

export const LIMITS: Family = {
  name: 'cb_bridge_limits_total',
  type: 'counter',
  help: 'Requests that a rate limit refused, would have refused (shadow), or could not count (open, closed).',
  labels: ['route', 'rule', 'outcome'],
}

export const FAMILIES: readonly Family[] = [
  REQUESTS,
  DURATIONS,
  UPSTREAM_REQUESTS,
  UPSTREAM_DURATIONS,
  LIMITS,
]

/** Upper bounds of a histogram's buckets; the last bucket has none. Creating infrastructure takes minutes. */
export const BOUNDS_MS: readonly number[] = [
  5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000, 300_000,
]

/** A histogram's sums: each bucket's own count, then all time in whole microseconds, so that sums are exact. */
export const emptyHistogram = (): number[] => Array.from({ length: BOUNDS_MS.length + 2 }, () => 0)

/** Adds one duration to a histogram. A clock that was set back counts as no time. */
export function observe(histogram: number[], durationMs: number): void {
  const ms = durationMs > 0 ? durationMs : 0
  let bucket = 0
  while (bucket < BOUNDS_MS.length && ms > (BOUNDS_MS[bucket] ?? 0)) bucket++
  histogram[bucket] = (histogram[bucket] ?? 0) + 1
  const total = BOUNDS_MS.length + 1
  histogram[total] = (histogram[total] ?? 0) + Math.round(ms * 1000)
}

/** The name of a series in storage: injective, since labels may hold any character. */
export const seriesName = ({ name }: Family, labels: readonly string[]): string =>
  JSON.stringify([name, ...labels])

/** The family and labels of a series; undefined for what another version stored. */
export function parseSeries(
  series: string,
): { readonly family: Family; readonly labels: readonly string[] } | undefined {
  // Only `seriesName` makes them.
  const [name, ...labels] = JSON.parse(series) as [string, ...string[]]
  const family = FAMILIES.find((known) => known.name === name)
  return family === undefined ? undefined : { family, labels }
}
