import { env } from 'cloudflare:workers'
import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLimiter } from '../../src/objects/limiter/client.ts'
import type { Asked, Limit, LimitRule } from '../../src/ports/limiter.ts'

/** The clock of the objects, which run in the isolate of the tests. It is ahead of the real one, so no alarm goes off. */
const START = 4_000_000_000_000
beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date'] }))
afterEach(async () => {
  vi.useRealTimers()
  await reset()
})
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

const RATE: Limit = { kind: 'bucket', name: 'rate', perSecond: 10, capacity: 10 }
const DAY: Limit = { kind: 'window', name: 'day', capacity: 1000, periodMs: 86_400_000 }
const one = (given: Partial<Asked> = {}): Asked => ({
  key: 'k',
  limits: [RATE],
  least: 1,
  most: 1,
  ...given,
})
const ruleWith = (given: Partial<LimitRule> = {}): LimitRule => ({
  id: '["endpoint","rule"]',
  limits: [RATE],
  cost: 1,
  mode: 'exact',
  shards: 1,
  budgetMs: 5000,
  ...given,
})

/** A limiter with the memory of an isolate of its own. */
const isolate = () =>
  createLimiter({ shards: env.LIMITER, platform: () => undefined, now: Date.now })

const rowsOf = (name: string) =>
  runInDurableObject(env.LIMITER.getByName(name), (_, { storage }) =>
    storage.sql.exec<{ key: string }>('SELECT key FROM keys').toArray(),
  )

describe('a limiter object', { timeout: 30_000 }, () => {
  test('decides as an exact counter does, with concurrency, eviction and a clock that steps', async () => {
    const moves = fc.array(
      fc.record({
        stepMs: fc.integer({ min: -400, max: 1500 }),
        requests: fc.integer({ min: 1, max: 15 }),
        isEvicted: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    )
    let run = 0
    await fc.assert(
      fc.asyncProperty(moves, async (given) => {
        const object = env.LIMITER.getByName(`run ${run++}`)
        await object.read('k', [RATE])
        // The exact counter: tokens are filled up to the latest time that was seen.
        let tokens = 10
        let latest = Number.NEGATIVE_INFINITY
        for (const { stepMs, requests, isEvicted } of given) {
          pass(stepMs)
          if (isEvicted) await evictDurableObject(object)
          tokens = Math.min(10, tokens + (Math.max(0, Date.now() - latest) * 10) / 1000)
          // A step back within the time of a fill is waited for.
          const debtOf = () => Math.max(0, latest - Date.now()) / 100
          latest = Math.max(latest, Date.now())
          if (tokens - debtOf() < -10) {
            tokens = 0
            latest = Date.now()
          }
          const answers = await Promise.all(
            Array.from({ length: requests }, () => object.take(one())),
          )
          const admitted = answers.filter(({ granted }) => granted === 1).length
          expect(admitted).toBe(
            Math.min(requests, Math.max(0, Math.floor(tokens - debtOf() + 1e-9))),
          )
          tokens -= admitted
        }
      }),
      { numRuns: 15 },
    )
  })

  test('keeps its counts through an eviction, quotas too', async () => {
    const object = env.LIMITER.getByName('evicted')
    const asked = one({ limits: [RATE, DAY], least: 7, most: 7 })
    expect((await object.take(asked)).granted).toBe(7)
    await evictDurableObject(object)
    expect(await object.take(asked)).toMatchObject({
      granted: 0,
      retryAfterMs: 400,
      standings: [{ left: 3 }, { left: 993 }],
    })
  })

  test('deletes what is full again, and nothing else', async () => {
    const object = env.LIMITER.getByName('swept')
    for (let i = 0; i < 500; i++) await object.take(one({ key: `random ${i}` }))
    await object.take(one({ key: 'daily', limits: [DAY] }))
    expect(await rowsOf('swept')).toHaveLength(501)
    pass(31_000)
    expect(await runDurableObjectAlarm(object)).toBe(true)
    expect(await rowsOf('swept')).toEqual([{ key: 'daily' }])
    pass(86_400_000)
    expect(await runDurableObjectAlarm(object)).toBe(true)
    expect(await rowsOf('swept')).toEqual([])
    expect(await runDurableObjectAlarm(object)).toBe(false)
  })

  test('sweeps soon, though it was evicted and something is kept for a day', async () => {
    const object = env.LIMITER.getByName('soon')
    await object.take(one({ key: 'daily', limits: [DAY] }))
    await evictDurableObject(object)
    await object.take(one({ key: 'brief' }))
    const alarmAt = await runInDurableObject(object, (_, { storage }) => storage.getAlarm())
    expect(alarmAt).toBeLessThanOrEqual(Date.now() + 31_000)
    pass(31_000)
    await runDurableObjectAlarm(object)
    expect(await rowsOf('soon')).toEqual([{ key: 'daily' }])
  })

  test('starts a key anew when it is reset', async () => {
    const object = env.LIMITER.getByName('reset')
    await object.take(one({ least: 10, most: 10 }))
    await object.reset('k')
    expect(await object.read('k', [RATE])).toEqual([{ name: 'rate', left: 10, resetMs: 0 }])
    expect((await object.take(one())).granted).toBe(1)
  })
})

describe('isolates together', { timeout: 30_000 }, () => {
  test('admit what one would, requests at once included', async () => {
    const isolates = Array.from({ length: 5 }, isolate)
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => isolates[i % 5]?.take(ruleWith(), '', () => {})),
    )
    expect(verdicts.filter((verdict) => verdict?.kind === 'admitted')).toHaveLength(10)
    expect(verdicts.filter((verdict) => verdict?.kind === 'refused')).toHaveLength(40)
  })

  test('spread many keys over few objects and leave no rows', async () => {
    const rule = ruleWith({ id: '["spread","rule"]', shards: 4 })
    const limiter = isolate()
    for (let i = 0; i < 400; i++) {
      expect(await limiter.take(rule, crypto.randomUUID(), () => {})).toMatchObject({
        kind: 'admitted',
      })
    }
    pass(31_000)
    for (const shard of [0, 1, 2, 3]) {
      const name = `${rule.id}/${shard}`
      expect((await rowsOf(name)).length).toBeGreaterThan(50)
      await runDurableObjectAlarm(env.LIMITER.getByName(name))
      expect(await rowsOf(name)).toEqual([])
    }
  })
})
