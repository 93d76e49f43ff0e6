import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { addSums } from '../lib/sums.ts'
import type { Counts, CountsBatch, CountsShards, Sample, Telemetry } from '../ports.ts'
import { createTelemetry } from './telemetry.ts'

const SAMPLE: Sample = { route: 'a', method: 'GET', status: 200, durationMs: 1, upstreams: [] }

/** What happens to a call of `add`: its batch arrives or not, and its answer arrives, fails or stays out. */
interface Fate {
  readonly arrives: boolean
  readonly answer: 'comes' | 'fails' | 'never'
}
const WELL: Fate = { arrives: true, answer: 'comes' }

/** Shards in memory that keep the rule of the port: a batch is added once. Calls meet `fates` in turn, then go well. */
function createShards(fates: readonly Fate[] = []) {
  const queue = [...fates]
  const stored = new Map<string, Counts>()
  const seen = new Map<string, number>()
  const calls: { readonly shard: string; readonly batch: CountsBatch; readonly at: number }[] = []
  const keep = (name: string, { isolate, sequence, counts }: CountsBatch) => {
    if (sequence <= (seen.get(isolate) ?? 0)) return 'repeated' as const
    seen.set(isolate, sequence)
    stored.set(name, addSums([stored.get(name) ?? {}, counts]))
    return 'added' as const
  }
  const shards: CountsShards = {
    getByName: (name) => ({
      add: (batch) => {
        calls.push({ shard: name, batch: structuredClone(batch), at: Date.now() })
        const { arrives, answer } = queue.shift() ?? WELL
        const outcome = arrives ? keep(name, batch) : 'added'
        if (answer === 'never') return new Promise(() => {})
        return answer === 'comes' ? Promise.resolve(outcome) : Promise.reject(new Error('reset'))
      },
      read: () => Promise.resolve(stored.get(name) ?? {}),
    }),
  }
  return { shards, calls }
}

const work: Promise<unknown>[] = []
const later = (promise: Promise<unknown>) => void work.push(promise)
const create = (metrics: CountsShards): Telemetry =>
  createTelemetry({ metrics, now: Date.now, write: () => {} })
const countedIn = async (telemetry: Telemetry): Promise<number> => {
  const exposing = telemetry.exposition(later)
  await vi.advanceTimersByTimeAsync(30_000)
  const line = /^cb_bridge_requests_total\{.*\} (\d+)$/m.exec(await exposing)
  return Number(line?.[1] ?? 0)
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(async () => {
  await vi.advanceTimersByTimeAsync(120_000)
  const settled = await Promise.allSettled(work.splice(0))
  expect(settled.every(({ status }) => status === 'fulfilled')).toBe(true)
  vi.useRealTimers()
})

describe('counts are flushed', () => {
  test('at once after a pause, then together at most every 2 s, and nothing stays behind', async () => {
    const { shards, calls } = createShards()
    const telemetry = create(shards)
    const start = Date.now()
    for (let i = 0; i < 100; i++) {
      telemetry.count(SAMPLE, later)
      await vi.advanceTimersByTimeAsync(50)
    }
    await vi.advanceTimersByTimeAsync(10_000)
    expect(calls.map(({ at }) => at - start)).toEqual([0, 2000, 4000, 6000])
    expect(calls.map(({ batch }) => batch.sequence)).toEqual([1, 2, 3, 4])
    expect(await countedIn(telemetry)).toBe(100)
    expect(calls).toHaveLength(4)
  })

  test('by a request whose flush was lost with it, once that is clear', async () => {
    const { shards, calls } = createShards()
    const telemetry = create(shards)
    telemetry.count(SAMPLE, later)
    await vi.advanceTimersByTimeAsync(100)
    vi.clearAllTimers()
    telemetry.count(SAMPLE, later)
    vi.clearAllTimers() // the runtime ends the request that waited
    work.length = 0
    vi.setSystemTime(Date.now() + 10_000)
    telemetry.count(SAMPLE, later)
    await vi.advanceTimersByTimeAsync(0)
    expect(calls).toHaveLength(2)
    expect(await countedIn(telemetry)).toBe(3)
  })

  test('to one shard per isolate, and isolates spread over several', async () => {
    const { shards, calls } = createShards()
    const isolates = Array.from({ length: 50 }, () => create(shards))
    for (const telemetry of isolates) telemetry.count(SAMPLE, later)
    await vi.advanceTimersByTimeAsync(3000)
    for (const telemetry of isolates) telemetry.count(SAMPLE, later)
    await vi.advanceTimersByTimeAsync(3000)
    const shardOf = new Map(calls.map(({ shard, batch }) => [batch.isolate, shard]))
    expect(shardOf.size).toBe(50)
    for (const { shard, batch } of calls) expect(shardOf.get(batch.isolate)).toBe(shard)
    expect(new Set(shardOf.values()).size).toBeGreaterThan(3)
  })
})

describe('the exposition', () => {
  test('sums two isolates exactly, with what is not flushed yet', async () => {
    const { shards } = createShards()
    const [one, other] = [create(shards), create(shards)]
    for (let i = 0; i < 7; i++) one.count(SAMPLE, later)
    for (let i = 0; i < 5; i++) other.count(SAMPLE, later)
    await vi.advanceTimersByTimeAsync(2000)
    for (let i = 0; i < 3; i++) one.count(SAMPLE, later)
    expect(await countedIn(one)).toBe(15)
    expect(await countedIn(other)).toBe(15)
  })

  test('fails rather than showing a sum that lacks a shard', async () => {
    const { shards } = createShards()
    const broken: CountsShards = {
      getByName: (name) => ({
        ...shards.getByName(name),
        read: () => (name.endsWith('3') ? new Promise(() => {}) : Promise.resolve({})),
      }),
    }
    const exposing = expect(create(broken).exposition(later)).rejects.toThrow('no answer')
    await vi.advanceTimersByTimeAsync(6000)
    await exposing
  })
})

describe('a dead object', () => {
  test.each(['fails', 'never'] as const)(
    'that %s to answer hurts no request, and nothing is lost or counted twice',
    async (answer) => {
      const { shards, calls } = createShards(
        Array.from({ length: 40 }, (_, i) => ({ arrives: i % 2 === 0, answer })),
      )
      const telemetry = create(shards)
      for (let i = 0; i < 60; i++) {
        telemetry.count(SAMPLE, later)
        await vi.advanceTimersByTimeAsync(1000)
      }
      expect(calls.length).toBeLessThan(60)
      await vi.advanceTimersByTimeAsync(60_000)
      for (let i = 0; i < 40; i++) await countedIn(telemetry)
      expect(await countedIn(telemetry)).toBe(60)
    },
  )

  test('gets the same batch again, under the same sequence, after traffic has stopped', async () => {
    const { shards, calls } = createShards([{ arrives: true, answer: 'fails' }])
    const telemetry = create(shards)
    telemetry.count(SAMPLE, later)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(calls).toHaveLength(2)
    expect(calls[1]?.batch).toEqual(calls[0]?.batch)
    expect(await countedIn(telemetry)).toBe(1)
  })

  test('that throws at once hurts no request', () => {
    const telemetry = create({
      getByName: () => {
        throw new Error('no such binding')
      },
    })
    expect(() => telemetry.count(SAMPLE, later)).not.toThrow()
  })
})

test('whatever happens to calls and clock, every request is counted once in the end', async () => {
  const fate: fc.Arbitrary<Fate> = fc.record({
    arrives: fc.boolean(),
    answer: fc.constantFrom('comes', 'fails', 'never'),
  })
  // An answer that comes says that the batch arrived.
  const possible = fate.filter(({ arrives, answer }) => arrives || answer !== 'comes')
  const pause = fc.constantFrom(0, 10, 1999, 2000, 2500, 7000, -5000)
  await fc.assert(
    fc.asyncProperty(
      fc.array(possible, { maxLength: 12 }),
      fc.array(pause),
      async (fates, pauses) => {
        const { shards } = createShards(fates)
        const isolates = [create(shards), create(shards)] as const
        for (const [i, ms] of pauses.entries()) {
          isolates[i % 2 === 0 ? 0 : 1].count(SAMPLE, later)
          if (ms < 0) vi.setSystemTime(Date.now() + ms)
          else await vi.advanceTimersByTimeAsync(ms)
        }
        for (let i = 0; i < 14; i++) for (const isolate of isolates) await countedIn(isolate)
        expect(await countedIn(isolates[0])).toBe(pauses.length)
      },
    ),
    { numRuns: 60 },
  )
})

test('a line of the log goes out as it is', () => {
  const lines: string[] = []
  const { shards } = createShards()
  createTelemetry({ metrics: shards, now: Date.now, write: (line) => lines.push(line) }).log('x')
  expect(lines).toEqual(['x'])
})
