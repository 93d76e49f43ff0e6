import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Asked, Limit } from '../../ports/limiter.ts'
import { type Levels, standingsOf, step } from './step.ts'

const bucket = (perSecond: number, capacity: number): Limit => ({
  kind: 'bucket',
  name: 'rate',
  perSecond,
  capacity,
})
const window = (name: string, capacity: number, periodMs: number): Limit => ({
  kind: 'window',
  name,
  capacity,
  periodMs,
})
const MINUTE = 60_000
const DAY = 86_400_000

/** A key whose object is asked at given times. */
function createKey(...limits: readonly Limit[]) {
  let levels: Levels = {}
  const ask = (now: number, asked: Partial<Asked> = {}) => {
    const given = { key: 'k', limits, least: 1, most: 1, ...asked }
    const { answer, kept } = step({ levels, nextTurnAt: 0 }, given, now, 0)
    if (kept !== undefined) levels = kept.levels
    return { ...answer, kept }
  }
  return {
    ask,
    /** How many of so many requests pass. */
    admit: (now: number, requests: number) =>
      Array.from({ length: requests }, () => ask(now).granted).filter((granted) => granted > 0)
        .length,
    left: (now: number) => standingsOf(limits, levels, now).map(({ left }) => left),
  }
}

describe('a bucket', () => {
  test('starts full and refills at its rate, up to its capacity', () => {
    const key = createKey(bucket(10, 5))
    expect(key.admit(0, 9)).toBe(5)
    expect(key.admit(99, 9)).toBe(0)
    expect(key.admit(100, 9)).toBe(1)
    expect(key.admit(350, 9)).toBe(2)
    expect(key.admit(100_000, 9)).toBe(5)
  })

  test('may refill slowly and by fractions', () => {
    const key = createKey(bucket(0.1, 1))
    expect(key.admit(0, 2)).toBe(1)
    expect(key.ask(3000).retryAfterMs).toBe(7000)
    expect(key.admit(9999, 1)).toBe(0)
    expect(key.admit(10_000, 2)).toBe(1)
  })

  test('charges the cost of a request, or nothing', () => {
    const key = createKey(bucket(1, 10))
    const three = { least: 3, most: 3 }
    expect([0, 0, 0, 0].map((now) => key.ask(now, three).granted)).toEqual([3, 3, 3, 0])
    expect(key.ask(0, three).retryAfterMs).toBe(2000)
    expect(key.left(0)).toEqual([1])
  })

  test('is forgotten once it is full again', () => {
    const key = createKey(bucket(2, 10))
    expect(key.ask(1000, { least: 4, most: 4 }).kept?.fullAt).toBe(3000)
    expect(key.ask(2000).kept?.fullAt).toBe(3500)
  })
})

describe('quotas', () => {
  test('count per period of the clock, all of them at once', () => {
    const key = createKey(window('minute', 2, MINUTE), window('day', 3, DAY))
    expect(key.admit(MINUTE - 1, 5)).toBe(2)
    expect(key.admit(MINUTE, 5)).toBe(1)
    expect(key.admit(3 * MINUTE, 5)).toBe(0)
    expect(key.ask(3 * MINUTE).retryAfterMs).toBe(DAY - 3 * MINUTE)
    expect(key.admit(DAY, 5)).toBe(2)
  })

  test('tell what is left, whatever else has refused', () => {
    const key = createKey(bucket(1, 1), window('hour', 100, 60 * MINUTE))
    key.admit(0, 5)
    expect(key.ask(500)).toMatchObject({
      granted: 0,
      retryAfterMs: 500,
      standings: [
        { name: 'rate', left: 0, resetMs: 500 },
        { name: 'hour', left: 99, resetMs: 60 * MINUTE - 500 },
      ],
    })
  })
})

describe('an edit of the limits', () => {
  test('keeps what was used, and begins what is new', () => {
    const day = window('day', 10, DAY)
    const key = createKey(bucket(1, 1), day)
    key.ask(0)
    const limits = [window('day', 5, DAY), window('minute', 2, MINUTE)]
    expect(key.ask(0, { limits }).standings.map(({ left }) => left)).toEqual([3, 1])
  })

  test('to a lower rate at most empties the bucket', () => {
    const key = createKey(bucket(100, 100))
    for (let now = 0; now < 60_000; now += 10) key.ask(now)
    const limits = [bucket(1, 1)]
    expect(key.ask(60_000, { limits }).retryAfterMs).toBeLessThanOrEqual(1000)
    expect(key.ask(61_000, { limits }).granted).toBe(1)
  })
})

describe('a lease', () => {
  test('takes at most half of what is left, and at least what was asked for at least', () => {
    const key = createKey(bucket(1, 100))
    expect(key.ask(0, { most: 80 }).granted).toBe(50)
    expect(key.ask(0, { most: 10 }).granted).toBe(10)
    expect(key.ask(0, { least: 30, most: 40 }).granted).toBe(30)
    expect(key.ask(0, { least: 11, most: 40 }).granted).toBe(0)
  })

  test('that comes back unspent counts only as long as its grant does', () => {
    const key = createKey(window('minute', 100, MINUTE))
    const { at } = key.ask(0, { least: 40, most: 40 })
    expect(key.ask(1000, { returned: { tokens: 30, grantedAt: at } }).standings[0]?.left).toBe(89)
    key.ask(MINUTE, { least: 40, most: 40 })
    const late = key.ask(MINUTE, { returned: { tokens: 10, grantedAt: at } })
    expect(late.standings[0]?.left).toBe(59)
  })
})

describe('a clock', () => {
  test('that is set back grants nothing, and is waited for no longer than a bucket takes to fill', () => {
    const key = createKey(bucket(1, 10))
    const start = 1_000_000
    expect(key.admit(start, 20)).toBe(10)
    expect(key.admit(start - 5000, 20)).toBe(0)
    expect(key.admit(start + 1000, 20)).toBe(1)
    expect(key.admit(start - 500_000, 20)).toBe(0)
    expect(key.admit(start - 499_000, 20)).toBe(1)
  })

  test('that jumps fills a bucket or begins a window, once', () => {
    const key = createKey(bucket(1, 10), window('day', 12, DAY))
    expect(key.admit(0, 20)).toBe(10)
    expect(key.admit(365 * DAY, 20)).toBe(10)
    expect(key.admit(0, 20)).toBe(0)
    expect(key.admit(10_000, 20)).toBe(2)
    expect(key.admit(DAY, 20)).toBe(10)
  })

  const limit = fc.oneof(
    fc
      .record({
        perSecond: fc.integer({ min: 1, max: 50 }),
        capacity: fc.integer({ min: 1, max: 50 }),
      })
      .map(({ perSecond, capacity }) => bucket(perSecond, capacity)),
    fc.integer({ min: 1, max: 50 }).map((capacity) => window('second', capacity, 1000)),
  )
  const steps = fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 100 })

  test('of any kind: a step back never adds to what is left, a step forward at most fills', () => {
    fc.assert(
      fc.property(limit, steps, (limit, moves) => {
        const key = createKey(limit)
        let now = 1_000_000
        for (const move of moves) {
          const before = key.left(now)[0] ?? 0
          now += move
          const after = key.left(now)[0] ?? 0
          expect(after).toBeLessThanOrEqual(move < 0 ? before : limit.capacity)
          key.admit(now, 3)
        }
      }),
    )
  })

  test('of any kind: what passes is at most one fill and the rate of all steps forward', () => {
    fc.assert(
      fc.property(steps, (moves) => {
        const key = createKey(bucket(20, 30))
        let now = 1_000_000
        let admitted = key.admit(now, 40)
        let forwardMs = 0
        for (const move of moves) {
          now += move
          forwardMs += Math.max(0, move)
          admitted += key.admit(now, 40)
          expect(admitted).toBeLessThanOrEqual(30 + (forwardMs * 20) / 1000)
        }
      }),
    )
  })
})

/** The exact counter of a bucket: thousandths of tokens as whole numbers, filled up at every look. */
function createExact(perSecond: number, capacity: number, start: number) {
  let milli = BigInt(capacity) * 1000n
  let at = start
  return (now: number, cost: number): number => {
    milli += BigInt(now - at) * BigInt(perSecond)
    if (milli > BigInt(capacity) * 1000n) milli = BigInt(capacity) * 1000n
    at = now
    if (milli < BigInt(cost) * 1000n) return 0
    milli -= BigInt(cost) * 1000n
    return cost
  }
}

test('a bucket decides as an exact counter does, refusals counted, whatever comes when', () => {
  const requests = fc.array(
    fc.record({ waitMs: fc.integer({ min: 0, max: 700 }), cost: fc.integer({ min: 1, max: 5 }) }),
    { maxLength: 300 },
  )
  const rates = {
    perSecond: fc.integer({ min: 1, max: 200 }),
    capacity: fc.integer({ min: 5, max: 40 }),
  }
  fc.assert(
    fc.property(fc.record(rates), requests, ({ perSecond, capacity }, given) => {
      const key = createKey(bucket(perSecond, capacity))
      let now = 1_700_000_000_000
      const exact = createExact(perSecond, capacity, now)
      for (const { waitMs, cost } of given) {
        now += waitMs
        const answer = key.ask(now, { least: cost, most: cost })
        expect(answer.granted).toBe(exact(now, cost))
        if (answer.granted > 0) continue
        expect(key.ask(now + answer.retryAfterMs - 1, { least: cost, most: cost }).granted).toBe(0)
      }
    }),
  )
})

test('whoever waits as long as told gets what was asked for, and not a millisecond earlier', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 500, noNaN: true }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 5000 }),
      (perSecond, cost, waitMs) => {
        const key = createKey(bucket(perSecond, 20))
        const asked = { least: cost, most: cost }
        while (key.ask(0, asked).granted > 0);
        const { granted, retryAfterMs } = key.ask(waitMs, asked)
        if (granted > 0) return
        expect(key.ask(waitMs + retryAfterMs - 1, asked).granted).toBe(0)
        expect(key.ask(waitMs + retryAfterMs, asked).granted).toBe(cost)
      },
    ),
    // A billionth of a token is given: at a slow rate that is more than rounding.
    { examples: [[0.093_170_595_266_933_91, 1, 0]] },
  )
})
