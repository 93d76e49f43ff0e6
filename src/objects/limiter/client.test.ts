import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Limiter, LimiterShard, LimiterShards, LimitRule } from '../../ports/limiter.ts'
import { createLimiter } from './client.ts'
import { createShards, ruleWith } from './shards.fixture.ts'

const work: Promise<unknown>[] = []
const later = (promise: Promise<unknown>) => void work.push(promise)
const isolate = (shards: LimiterShards): Limiter =>
  createLimiter({ shards, platform: () => undefined, now: Date.now })

/** Runs the clock until a promise settles. */
async function settled<T>(promise: Promise<T> | T): Promise<T> {
  const watched = Promise.resolve(promise)
  const open = new Set([watched])
  void watched.finally(() => open.delete(watched))
  for (let ms = 0; open.size > 0; ms = 1) await vi.advanceTimersByTimeAsync(ms)
  return watched
}

/** How many of so many requests at once pass. */
async function admit(limiter: Limiter, requests: number, rule = ruleWith(), key = '') {
  const verdicts = await settled(
    Promise.all(Array.from({ length: requests }, async () => limiter.take(rule, key, later))),
  )
  return verdicts.filter(({ kind }) => kind === 'admitted').length
}

/** Objects that answer so. */
const answering = (take: LimiterShard['take']): LimiterShards => ({
  getByName: () => ({
    take,
    read: () => Promise.reject(new Error('down')),
    reset: () => Promise.reject(new Error('down')),
  }),
})

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 })
})
afterEach(async () => {
  await vi.advanceTimersByTimeAsync(60_000)
  const outcomes = await Promise.allSettled(work.splice(0))
  expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true)
  vi.useRealTimers()
})

describe('an exact rule', () => {
  test('asks for every request, and isolates together admit what one would', async () => {
    const { shards, calls } = createShards(4)
    const isolates = [isolate(shards), isolate(shards), isolate(shards)]
    const counts = await Promise.all(isolates.map((limiter) => admit(limiter, 5)))
    expect(counts.reduce((sum, count) => sum + count)).toBe(10)
    expect(calls).toHaveLength(15)
  })

  test('is not asked again while it is known to refuse', async () => {
    const { shards, calls } = createShards()
    const limiter = isolate(shards)
    await admit(limiter, 10)
    expect(await settled(limiter.take(ruleWith(), '', later))).toMatchObject({
      kind: 'refused',
      retryAfterMs: expect.closeTo(105, -1),
      standings: [{ name: 'rate', left: 0, resetMs: 1000 }],
    })
    for (let i = 0; i < 90; i++) {
      await vi.advanceTimersByTimeAsync(1)
      expect(await admit(limiter, 10)).toBe(0)
    }
    expect(calls).toHaveLength(11)
    await vi.advanceTimersByTimeAsync(30)
    expect(await admit(limiter, 1)).toBe(1)
  })

  test('keeps keys apart, and each at the same object, whoever asks', async () => {
    const { shards, calls, names } = createShards()
    const rule = ruleWith({ shards: 16 })
    for (const limiter of [isolate(shards), isolate(shards)]) {
      for (let i = 0; i < 300; i++) expect(await admit(limiter, 2, rule, `key ${i}`)).toBe(2)
    }
    expect(names()).toHaveLength(16)
    const namesOf = Map.groupBy(calls, ({ asked }) => asked.key)
    for (const list of namesOf.values()) expect(new Set(list.map(({ name }) => name)).size).toBe(1)
  })

  test('is asked again when the clock of the isolate was set back', async () => {
    const { shards, calls } = createShards()
    const limiter = isolate(shards)
    await admit(
      limiter,
      11,
      ruleWith({ limits: [{ kind: 'bucket', name: 'rate', perSecond: 0.001, capacity: 10 }] }),
    )
    vi.setSystemTime(Date.now() - 3_600_000)
    expect(await admit(limiter, 1)).toBe(0)
    expect(calls).toHaveLength(12)
  })

  test('that is reset by one isolate is asked again by the others within ten seconds', async () => {
    const { shards } = createShards(4)
    const [one, other] = [isolate(shards), isolate(shards)]
    const day = { kind: 'window', name: 'day', capacity: 2, periodMs: 86_400_000 } as const
    const rule = ruleWith({ limits: [day] })
    expect(await admit(one, 3, rule)).toBe(2)
    expect(await settled(other.reset(rule, ''))).toBe(true)
    expect(await admit(other, 1, rule)).toBe(1)
    expect(await admit(one, 1, rule)).toBe(0)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await admit(one, 1, rule)).toBe(1)
  })

  test('can be read and reset by key', async () => {
    const { shards } = createShards()
    const limiter = isolate(shards)
    const rule = ruleWith({ shards: 8 })
    await admit(limiter, 12, rule, 'a')
    expect(await limiter.read(rule, 'a')).toEqual([{ name: 'rate', left: 0, resetMs: 1000 }])
    expect(await limiter.read(rule, 'b')).toEqual([{ name: 'rate', left: 10, resetMs: 0 }])
    expect(await limiter.reset(rule, 'a')).toBe(true)
    expect(await admit(limiter, 12, rule, 'a')).toBe(10)
  })
})

describe('an object that fails', () => {
  test('is a failed verdict, and the next requests do not wait for it', async () => {
    let calls = 0
    const limiter = isolate(answering(() => (calls++, Promise.reject(new Error('gone')))))
    for (let i = 0; i < 5; i++) {
      expect(await settled(limiter.take(ruleWith(), '', later))).toEqual({
        kind: 'failed',
        reason: 'gone',
      })
    }
    expect(calls).toBe(1)
    await vi.advanceTimersByTimeAsync(1500)
    await settled(limiter.take(ruleWith(), '', later))
    expect(calls).toBe(2)
    expect(await limiter.read(ruleWith(), '')).toBeUndefined()
    expect(await limiter.reset(ruleWith(), '')).toBe(false)
  })

  test('to answer within the budget is a failed verdict then', async () => {
    const limiter = isolate(answering(() => new Promise(() => {})))
    const start = Date.now()
    expect(await settled(limiter.take(ruleWith({ budgetMs: 80 }), '', later))).toEqual({
      kind: 'failed',
      reason: 'no answer within 80 ms',
    })
    expect(Date.now() - start).toBeLessThan(90)
  })

  test('once, and says that it may be asked again, is asked again', async () => {
    const { shards } = createShards()
    let calls = 0
    const limiter = isolate({
      getByName: (name) => ({
        ...shards.getByName(name),
        take: (asked) =>
          calls++ === 0
            ? Promise.reject(Object.assign(new Error('moved'), { retryable: true }))
            : shards.getByName(name).take(asked),
      }),
    })
    expect(await admit(limiter, 1)).toBe(1)
  })
})

describe('an object that is overloaded', () => {
  test('refuses: it says so itself', async () => {
    let calls = 0
    const overloaded = () => {
      calls++
      return Promise.reject(Object.assign(new Error('busy'), { overloaded: true, retryable: true }))
    }
    const limiter = isolate(answering(overloaded))
    for (let i = 0; i < 20; i++) {
      expect(await settled(limiter.take(ruleWith(), '', later))).toMatchObject({ kind: 'refused' })
    }
    expect(calls).toBe(1)
  })

  test('refuses: it answers others, but not within the budget', async () => {
    let calls = 0
    const { shards } = createShards()
    const limiter = isolate(
      answering(async (asked) => {
        await new Promise((resolve) => void setTimeout(resolve, 20 * ++calls))
        return shards.getByName('').take(asked)
      }),
    )
    const rule = ruleWith({
      limits: [{ kind: 'bucket', name: 'rate', perSecond: 1000, capacity: 1000 }],
    })
    const verdicts = await settled(
      Promise.all(Array.from({ length: 30 }, async () => limiter.take(rule, '', later))),
    )
    const kinds = Map.groupBy(verdicts, ({ kind }) => kind)
    expect(kinds.get('admitted')).toHaveLength(12)
    expect(kinds.get('refused')).toHaveLength(18)
  })
})

describe('an approximate rule', () => {
  const rule = ruleWith({ mode: 'approximate', binding: 'PER_LOCATION' })

  test('asks the limiter of the platform, by rule and key', async () => {
    const asked: unknown[] = []
    const { shards, calls } = createShards()
    const limiter = createLimiter({
      shards,
      platform: (binding) => ({
        limit: async (options) => {
          asked.push([binding, options])
          return { success: asked.length < 2 }
        },
      }),
      now: Date.now,
    })
    expect(await limiter.take(rule, 'k', later)).toEqual({ kind: 'admitted', standings: [] })
    expect(await limiter.take(rule, 'k', later)).toMatchObject({ kind: 'refused' })
    expect(asked[0]).toEqual(['PER_LOCATION', { key: '["endpoint","rule"]k' }])
    expect(calls).toEqual([])
  })

  test('is leased where the host has none', async () => {
    const { shards, calls } = createShards()
    expect(await admit(isolate(shards), 1, rule)).toBe(1)
    expect(calls[0]?.asked).toMatchObject({ least: 1, most: 1 })
  })
})

describe('a leased rule', () => {
  const rule = ruleWith({
    mode: 'leased',
    limits: [{ kind: 'bucket', name: 'rate', perSecond: 1000, capacity: 1000 }],
  })
  /** Requests at an even pace; how many pass. */
  const run = async (limiter: Limiter, perMs: number, ms: number, given: LimitRule = rule) => {
    const verdicts: Promise<{ readonly kind: string }>[] = []
    for (let i = 1; i <= ms; i++) {
      await vi.advanceTimersByTimeAsync(1)
      const due = Math.floor(i * perMs) - Math.floor((i - 1) * perMs)
      for (let n = 0; n < due; n++) verdicts.push((async () => limiter.take(given, '', later))())
    }
    const all = await settled(Promise.all(verdicts))
    return { offered: all.length, admitted: all.filter(({ kind }) => kind === 'admitted').length }
  }

  test('asks once for many requests, and refuses none that there are tokens for', async () => {
    const { shards, calls } = createShards(10)
    const { offered, admitted } = await run(isolate(shards), 0.5, 5000)
    expect(admitted).toBe(offered)
    expect(calls.length).toBeLessThan(offered / 20)
  })

  test('admits its rate when more is offered', async () => {
    const { shards, calls } = createShards(10)
    const { admitted } = await run(isolate(shards), 4, 5000)
    expect(admitted).toBeLessThanOrEqual(1000 + 5000 + 1000)
    expect(admitted).toBeGreaterThan(5700)
    expect(calls.length).toBeLessThan(5 * 500)
  })

  test('asks for little when little is needed', async () => {
    const { shards, calls } = createShards(10)
    await run(isolate(shards), 0.002, 10_000)
    expect(Math.max(...calls.map(({ asked }) => asked.most))).toBeLessThanOrEqual(4)
  })

  test('gives back what it did not spend in time', async () => {
    const { shards, calls } = createShards()
    const limiter = isolate(shards)
    await run(limiter, 1, 500)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await admit(limiter, 1, rule)).toBe(1)
    expect(calls.at(-1)?.asked.returned?.tokens).toBeGreaterThan(0)
    const [rest] = (await limiter.read(rule, '')) ?? []
    expect((rest?.left ?? 0) + (calls.at(-1)?.asked.most ?? 0)).toBe(1000)
  })

  test('follows an edit of its rate', async () => {
    const { shards } = createShards()
    const limiter = isolate(shards)
    await run(limiter, 0.5, 500)
    const slower = {
      ...rule,
      limits: [{ kind: 'bucket', name: 'rate', perSecond: 10, capacity: 10 } as const],
    }
    const { admitted } = await run(limiter, 1, 10_000, slower)
    expect(admitted).toBeLessThan(10 * 10 + 10 + 1000)
  })

  test('never spends what was not granted, or more than its rate', async () => {
    const moves = fc.array(
      fc.record({
        waitMs: fc.integer({ min: 0, max: 1500 }),
        requests: fc.integer({ min: 1, max: 40 }),
      }),
      { maxLength: 40 },
    )
    const slow = {
      ...rule,
      limits: [{ kind: 'bucket', name: 'rate', perSecond: 20, capacity: 30 } as const],
    }
    await fc.assert(
      fc.asyncProperty(moves, async (given) => {
        const { shards } = createShards(4)
        const isolates = [isolate(shards), isolate(shards)]
        const start = Date.now()
        let admitted = 0
        for (const [i, { waitMs, requests }] of given.entries()) {
          await vi.advanceTimersByTimeAsync(waitMs)
          admitted += await admit(isolates[i % 2] ?? isolate(shards), requests, slow)
          expect(admitted).toBeLessThanOrEqual(30 + ((Date.now() - start) * 20) / 1000)
        }
      }),
      { numRuns: 40 },
    )
  })
})
