import { expect, test } from 'vitest'
import { createAggregate } from './aggregate.ts'
import { summarize } from './summary.ts'

const sample = (route: string, status: number, durationMs: number) => ({
  route,
  method: 'GET',
  status,
  durationMs,
  upstreams: [{ name: 'spider', status: status === 502 ? 0 : 200, durationMs }],
})

test('counts and times are summed by route and by upstream, busiest first', () => {
  const aggregate = createAggregate()
  for (let i = 0; i < 94; i++) aggregate.add(sample('busy', 200, 8))
  for (let i = 0; i < 6; i++) aggregate.add(sample('busy', 502, 4000))
  aggregate.add({ ...sample('idle', 404, 400_000), upstreams: [] })
  expect(summarize(aggregate.drain())).toEqual({
    routes: [
      { name: 'busy', count: 100, statuses: { '2xx': 94, '5xx': 6 }, p50Ms: 10, p95Ms: 5000 },
      { name: 'idle', count: 1, statuses: { '4xx': 1 }, p50Ms: null, p95Ms: null },
    ],
    upstreams: [
      { name: 'spider', count: 100, statuses: { '2xx': 94, '0xx': 6 }, p50Ms: 10, p95Ms: 5000 },
    ],
  })
})

test('nothing counted is nothing to tell', () => {
  expect(summarize({})).toEqual({ routes: [], upstreams: [] })
})
