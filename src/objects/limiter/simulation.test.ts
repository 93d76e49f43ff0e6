import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Limit, Limiter, LimitRule } from '../../ports/limiter.ts'
import { createLimiter } from './client.ts'
import { createShards, ruleWith } from './shards.fixture.ts'

/** A thousand isolates in one process, on a clock that the test moves, each 20 ms away from the objects. */
const ISOLATES = 1000
const ROUND_TRIP_MS = 20

const bucket = (perSecond: number, capacity: number): Limit => ({
  kind: 'bucket',
  name: 'rate',
  perSecond,
  capacity,
})

interface Load {
  readonly rule: LimitRule
  /** Of one isolate, at an even pace. */
  readonly perSecond: number
  readonly seconds: number
  /** Isolates come one after the other within this time. */
  readonly arrivalMs: number
}

/** What came of a load; times are milliseconds since its start. */
interface Outcome {
  readonly offered: number
  readonly admittedAt: readonly number[]
  readonly callsAt: readonly number[]
}

async function simulate({ rule, perSecond, seconds, arrivalMs }: Load): Promise<Outcome> {
  const { shards, calls } = createShards(ROUND_TRIP_MS)
  const start = Date.now()
  const admittedAt: number[] = []
  const pending = new Set<Promise<void>>()
  const later = (work: Promise<unknown>) => track(work.then(() => undefined))
  const track = (work: Promise<void>) => {
    pending.add(work)
    void work.finally(() => pending.delete(work))
  }
  const isolates = Array.from({ length: ISOLATES }, (_, i): Limiter & { nextAt: number } => ({
    ...createLimiter({ shards, platform: () => undefined, now: Date.now }),
    nextAt: (i * arrivalMs) / ISOLATES,
  }))
  let offered = 0
  for (let ms = 0; ms < seconds * 1000; ms++) {
    for (const isolate of isolates) {
      if (isolate.nextAt > ms) continue
      isolate.nextAt += 1000 / perSecond
      offered++
      const verdict = isolate.take(rule, '', later)
      const note = ({ kind }: { readonly kind: string }) => {
        if (kind === 'admitted') admittedAt.push(Date.now() - start)
        expect(kind).not.toBe('failed')
      }
      if (verdict instanceof Promise) track(verdict.then(note))
      else note(verdict)
    }
    await vi.advanceTimersByTimeAsync(1)
  }
  while (pending.size > 0) await vi.advanceTimersByTimeAsync(10)
  return { offered, admittedAt, callsAt: calls.map(({ at }) => at - start) }
}

/** The most events in any second after `fromMs`. */
function busiestSecond(times: readonly number[], fromMs: number): number {
  const sorted = times.filter((time) => time >= fromMs).toSorted((a, b) => a - b)
  let first = 0
  return sorted.reduce((most, time, last) => {
    while ((sorted[first] ?? 0) <= time - 1000) first++
    return Math.max(most, last - first + 1)
  }, 0)
}

/** How many more are admitted in any time than a rate allows in it: the bucket, and what passes beyond the limit. */
function mostBeyond(times: readonly number[], perSecond: number): number {
  let most = 0
  let credit = 0
  let before = 0
  for (const time of times.toSorted((a, b) => a - b)) {
    credit = Math.max(0, credit - ((time - before) * perSecond) / 1000) + 1
    before = time
    most = Math.max(most, credit)
  }
  return most
}

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

describe(
  '1,000 isolates that offer 50,000 requests a second to an exact limit of 100',
  { timeout: 120_000 },
  () => {
    const load = { rule: ruleWith({ limits: [bucket(100, 100)] }), perSecond: 50, seconds: 14 }

    test('ask its object less than 500 times a second, and get what it allows', async () => {
      const { offered, admittedAt, callsAt } = await simulate({ ...load, arrivalMs: 10_000 })
      expect(offered).toBeGreaterThan(440_000)
      expect(busiestSecond(callsAt, 0)).toBeLessThan(500)
      expect(admittedAt.length).toBeLessThanOrEqual(100 + 14 * 100)
      expect(admittedAt.length).toBeGreaterThan(0.97 * (100 + 14 * 100))
      expect(mostBeyond(admittedAt, 100)).toBeLessThanOrEqual(100 + 1)
    })

    test('do so as well when all come at once, after a question each', async () => {
      const { admittedAt, callsAt } = await simulate({ ...load, arrivalMs: 0 })
      expect(callsAt.filter((time) => time < 1000).length).toBeLessThan(ISOLATES + 500)
      expect(busiestSecond(callsAt, 1000)).toBeLessThan(500)
      expect(admittedAt.length).toBeLessThanOrEqual(100 + 14 * 100)
      expect(admittedAt.length).toBeGreaterThan(0.97 * (100 + 14 * 100))
    })
  },
)

describe('1,000 isolates that lease a limit of 2,000 a second', { timeout: 120_000 }, () => {
  const rule = ruleWith({ mode: 'leased', limits: [bucket(2000, 2000)] })

  test.each([
    ['far too much', 20, 0.9, 0.05],
    ['a little too much', 3, 0.8, 0.3],
  ])(
    'offered %s admit at most the rate of two seconds beyond the limit',
    async (_, perSecond, least, most) => {
      const seconds = 8
      const { offered, admittedAt, callsAt } = await simulate({
        rule,
        perSecond,
        seconds,
        arrivalMs: 1000,
      })
      expect(mostBeyond(admittedAt, 2000)).toBeLessThanOrEqual(2000 + 2 * 2000)
      expect(admittedAt.length).toBeLessThanOrEqual(2000 + seconds * 2000)
      expect(admittedAt.length).toBeGreaterThan(least * (2000 + seconds * 2000))
      expect(busiestSecond(callsAt, 2000)).toBeLessThan(1000)
      expect(callsAt.length / offered).toBeLessThan(most)
    },
  )

  test('offered half of it refuse next to none', async () => {
    const { offered, admittedAt, callsAt } = await simulate({
      rule,
      perSecond: 1,
      seconds: 8,
      arrivalMs: 1000,
    })
    expect(admittedAt.length).toBeGreaterThan(0.99 * offered)
    expect(callsAt.length / offered).toBeLessThan(0.7)
  })
})
