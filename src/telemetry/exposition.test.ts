import { describe, expect, test } from 'vitest'
import type { Sample } from '../ports.ts'
import { createAggregate } from './aggregate.ts'
import { formatExposition } from './exposition.ts'

const sample = (given: Partial<Sample> = {}): Sample => ({
  route: 'list',
  method: 'GET',
  status: 200,
  durationMs: 7,
  upstreams: [],
  ...given,
})

function expose(samples: readonly Sample[]): string {
  const aggregate = createAggregate()
  for (const one of samples) aggregate.add(one)
  return formatExposition(aggregate.drain())
}

const linesOf = (text: string, name: string) =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`))

describe('requests', () => {
  test('are counted by route, method and status', () => {
    const text = expose([
      sample(),
      sample(),
      sample({ status: 404 }),
      sample({ method: 'POST', status: 201 }),
      sample({ route: '-', status: 404 }),
    ])
    expect(linesOf(text, 'cb_bridge_requests_total')).toEqual([
      'cb_bridge_requests_total{route="-",method="GET",status="404"} 1',
      'cb_bridge_requests_total{route="list",method="GET",status="200"} 2',
      'cb_bridge_requests_total{route="list",method="GET",status="404"} 1',
      'cb_bridge_requests_total{route="list",method="POST",status="201"} 1',
    ])
  })

  test("share a label for all of a client's inventions", () => {
    const methods = ['PURGE', 'get', 'A"\n}', ...Array.from({ length: 100 }, (_, i) => `X${i}`)]
    const text = expose(methods.map((method) => sample({ method })))
    expect(linesOf(text, 'cb_bridge_requests_total')).toEqual([
      'cb_bridge_requests_total{route="list",method="OTHER",status="200"} 103',
    ])
  })

  test('with an impossible status count as 0', () => {
    const text = expose([-1, 99, 600, Number.NaN, 0].map((status) => sample({ status })))
    expect(linesOf(text, 'cb_bridge_requests_total')).toEqual([
      'cb_bridge_requests_total{route="list",method="GET",status="0"} 5',
    ])
  })
})

describe('durations', () => {
  test('fall into cumulative buckets with sum and count', () => {
    const durations = [0, 5, 6, 300_000, 300_001]
    const text = expose(durations.map((durationMs) => sample({ durationMs })))
    const buckets = linesOf(text, 'cb_bridge_request_duration_seconds_bucket')
    expect(buckets).toHaveLength(14)
    expect(buckets.slice(0, 2).concat(buckets.slice(-2))).toEqual([
      'cb_bridge_request_duration_seconds_bucket{route="list",le="0.005"} 2',
      'cb_bridge_request_duration_seconds_bucket{route="list",le="0.01"} 3',
      'cb_bridge_request_duration_seconds_bucket{route="list",le="300"} 4',
      'cb_bridge_request_duration_seconds_bucket{route="list",le="+Inf"} 5',
    ])
    expect(linesOf(text, 'cb_bridge_request_duration_seconds_sum')).toEqual([
      'cb_bridge_request_duration_seconds_sum{route="list"} 600.012',
    ])
    expect(linesOf(text, 'cb_bridge_request_duration_seconds_count')).toEqual([
      'cb_bridge_request_duration_seconds_count{route="list"} 5',
    ])
  })

  test('are never negative, even when a clock is set back', () => {
    const text = expose([sample({ durationMs: -5 }), sample({ durationMs: Number.NaN })])
    expect(linesOf(text, 'cb_bridge_request_duration_seconds_sum')).toEqual([
      'cb_bridge_request_duration_seconds_sum{route="list"} 0',
    ])
  })
})

test('upstream calls are counted and timed by upstream', () => {
  const upstreams = [
    { name: 'spider', status: 200, durationMs: 20 },
    { name: 'spider', status: 0, durationMs: 2000 },
    { name: 'tumblebug', status: 500, durationMs: 1 },
  ]
  const text = expose([sample({ upstreams })])
  expect(linesOf(text, 'cb_bridge_upstream_requests_total')).toEqual([
    'cb_bridge_upstream_requests_total{upstream="spider",status="0"} 1',
    'cb_bridge_upstream_requests_total{upstream="spider",status="200"} 1',
    'cb_bridge_upstream_requests_total{upstream="tumblebug",status="500"} 1',
  ])
  expect(linesOf(text, 'cb_bridge_upstream_request_duration_seconds_sum')).toEqual([
    'cb_bridge_upstream_request_duration_seconds_sum{upstream="spider"} 2.02',
    'cb_bridge_upstream_request_duration_seconds_sum{upstream="tumblebug"} 0.001',
  ])
})

test('what limits did is counted by route, rule and outcome', () => {
  const refused = { rule: 'client', outcome: 'refused' } as const
  const text = expose([
    sample({ limits: [refused, { rule: 'daily', outcome: 'open' }] }),
    sample({ limits: [refused] }),
    sample(),
  ])
  expect(linesOf(text, 'cb_bridge_limits_total')).toEqual([
    'cb_bridge_limits_total{route="list",rule="client",outcome="refused"} 2',
    'cb_bridge_limits_total{route="list",rule="daily",outcome="open"} 1',
  ])
})

test('label values are escaped, so that no name can end its line', () => {
  const text = expose([sample({ route: 'a"b\\c\nd} 1' })])
  expect(linesOf(text, 'cb_bridge_requests_total')).toEqual([
    'cb_bridge_requests_total{route="a\\"b\\\\c\\nd} 1",method="GET",status="200"} 1',
  ])
})

test('every line is a comment or a sample, and each family is described once', () => {
  const text = expose([sample({ upstreams: [{ name: 'a', status: 200, durationMs: 1 }] })])
  expect(text.endsWith('\n')).toBe(true)
  const lines = text.trimEnd().split('\n')
  for (const line of lines) {
    expect(line).toMatch(
      /^# (?:HELP|TYPE) cb_bridge_\w+ .+$|^cb_bridge_\w+\{(?:\w+="[^"]*",?)+\} [\d.]+$/,
    )
  }
  expect(lines.filter((line) => line.startsWith('# TYPE'))).toHaveLength(5)
})

test('series of another version are left out', () => {
  expect(formatExposition({ '["cb_bridge_old_total","x"]': [1] })).toBe(formatExposition({}))
})

test('what is drained is counted no more', () => {
  const aggregate = createAggregate()
  aggregate.add(sample())
  expect(Object.keys(aggregate.drain())).toHaveLength(2)
  expect(aggregate.drain()).toEqual({})
})
