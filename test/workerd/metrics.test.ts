import { env } from 'cloudflare:workers'
import { evictDurableObject, reset } from 'cloudflare:test'
import { afterEach, describe, expect, test } from 'vitest'
import type { CountsBatch, CountsShard, Sample, Telemetry } from '../../src/ports.ts'
import { createTelemetry } from '../../src/telemetry/telemetry.ts'

afterEach(reset)

const SAMPLE: Sample = {
  route: 'list',
  method: 'GET',
  status: 200,
  durationMs: 7,
  upstreams: [{ name: 'spider', status: 200, durationMs: 5 }],
}

/** Telemetry of an isolate of its own, and a way to wait for what it does after answers. */
function createIsolate(metrics = env.METRICS) {
  const work: Promise<unknown>[] = []
  const later = (promise: Promise<unknown>) => void work.push(promise)
  const telemetry = createTelemetry({ metrics, now: Date.now, write: () => {} })
  return {
    count: (times: number) => {
      for (let i = 0; i < times; i++) telemetry.count(SAMPLE, later)
    },
    settle: () => Promise.all(work.splice(0)),
    expose: () => read(telemetry),
  }
}

/** Requests, their sum in the histogram, and upstream calls, as the exposition has them. */
async function read(telemetry: Telemetry) {
  const text = await telemetry.exposition(() => {})
  const value = (line: RegExp) => Number(line.exec(text)?.[1] ?? 0)
  return {
    requests: value(/^cb_bridge_requests_total\{.*\} (.+)$/m),
    timed: value(/^cb_bridge_request_duration_seconds_count\{.*\} (.+)$/m),
    seconds: value(/^cb_bridge_request_duration_seconds_sum\{.*\} (.+)$/m),
    upstreamCalls: value(/^cb_bridge_upstream_requests_total\{.*\} (.+)$/m),
  }
}

describe('the metrics of all isolates', () => {
  test('are summed exactly, whichever isolate is asked', async () => {
    const [one, other] = [createIsolate(), createIsolate()]
    for (const times of [1, 2]) {
      one.count(times)
      other.count(times * 100)
      await Promise.all([one.settle(), other.settle()])
    }
    const expected = { requests: 303, timed: 303, seconds: 2.121, upstreamCalls: 303 }
    expect(await one.expose()).toEqual(expected)
    expect(await other.expose()).toEqual(expected)
  })

  test('hold what the asked isolate has not flushed yet', async () => {
    const isolate = createIsolate()
    isolate.count(5)
    expect(await isolate.expose()).toMatchObject({ requests: 5 })
    expect(await isolate.expose()).toMatchObject({ requests: 5 })
  })
})

describe('a metrics object', () => {
  const batch = (sequence: number): CountsBatch => ({
    isolate: 'i',
    sequence,
    counts: { '["a"]': [1], '["b","c"]': [1, 2, 3] },
  })

  test('loses nothing when it is evicted, not even which batches it has seen', async () => {
    const object = env.METRICS.getByName('evicted')
    expect(await object.add(batch(1))).toBe('added')
    await evictDurableObject(object)
    expect(await object.add(batch(1))).toBe('repeated')
    expect(await object.add(batch(2))).toBe('added')
    await evictDurableObject(object)
    expect(await object.read()).toEqual({ '["a"]': [2], '["b","c"]': [2, 4, 6] })
  })

  test('adds a batch once, though it arrives several times and late', async () => {
    const object = env.METRICS.getByName('repeats')
    const outcomes = await Promise.all([1, 1, 2, 1, 2, 3].map((n) => object.add(batch(n))))
    expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(3)
    expect(await object.read()).toMatchObject({ '["a"]': [3] })
  })

  test('keeps isolates apart', async () => {
    const object = env.METRICS.getByName('isolates')
    await object.add(batch(1))
    expect(await object.add({ ...batch(1), isolate: 'j' })).toBe('added')
    expect(await object.read()).toMatchObject({ '["a"]': [2] })
  })

  test('takes a thousand routes in one batch', async () => {
    const object = env.METRICS.getByName('large')
    const entries = Array.from({ length: 4000 }, (_, i) => [`["series ${i}"]`, [i]] as const)
    const counts = Object.fromEntries(entries)
    expect(await object.add({ isolate: 'i', sequence: 1, counts })).toBe('added')
    expect(await object.read()).toEqual(counts)
  })

  test('whose answer is lost gets the batch again and counts it once', async () => {
    let isLost = false
    const forgetful = {
      getByName: (name: string): CountsShard => {
        const object = env.METRICS.getByName(name)
        return {
          read: () => object.read(),
          add: async (given) => {
            const outcome = await object.add(given)
            if (isLost) return outcome
            isLost = true
            throw new Error('the connection was reset')
          },
        }
      },
    }
    const isolate = createIsolate(forgetful as typeof env.METRICS)
    isolate.count(3)
    expect(await isolate.expose()).toMatchObject({ requests: 3 })
    expect(await isolate.expose()).toMatchObject({ requests: 3 })
    expect(isLost).toBe(true)
  })
})
