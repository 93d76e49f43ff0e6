import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerOf, type Reading, settle, shouldRead, type Stored } from './step.ts'

const KEYS = [{ kty: 'EC', kid: 'k1' }]
const good: Reading = { kind: 'read', keys: KEYS }
const bad: Reading = { kind: 'failed', reason: 'status 500' }
const S = 1000
const MIN = 60 * S

/** What is remembered after readings at their times. */
const after = (...readings: readonly (readonly [at: number, reading: Reading])[]): Stored => {
  const stored = readings.reduce<Stored | undefined>(
    (before, [at, reading]) => settle(before, reading, at),
    undefined,
  )
  if (stored === undefined) throw new Error('nothing was read')
  return stored
}

describe('keys', () => {
  test('are read at the first question', () => {
    expect(shouldRead(undefined, false, 0)).toBe(true)
  })

  test.each([
    [0, false, false],
    [5 * MIN - 1, false, false],
    [5 * MIN, false, true],
    [29_999, true, false],
    [30_000, true, true],
    [-1, false, true],
  ])('%i ms later, missing one: %j, they are read: %j', (later, isMissing, expected) => {
    expect(shouldRead(after([MIN, good]), isMissing, MIN + later)).toBe(expected)
  })

  test('are answered with how long newer ones are in vain', () => {
    const stored = after([0, good])
    expect(answerOf(stored, 10 * S)).toEqual({ kind: 'keys', keys: KEYS, newerAfterMs: 20 * S })
    expect(answerOf(stored, 40 * S)).toMatchObject({ newerAfterMs: 0 })
  })

  test('serve for a day while their issuer is down, and not longer', () => {
    const stored = after([0, good], [5 * MIN, bad])
    expect(answerOf(stored, 86_400_000 - 1)).toMatchObject({ kind: 'keys', keys: KEYS })
    expect(answerOf(stored, 86_400_000)).toMatchObject({ kind: 'unavailable' })
  })

  test('end when their issuer withdraws them all, and it is asked again as if it were down', () => {
    const stored = after([0, good], [5 * MIN, { kind: 'withdrawn', reason: 'no key' }])
    expect(answerOf(stored, 5 * MIN)).toEqual({
      kind: 'unavailable',
      reason: 'no key',
      retryAfterMs: 1 * S,
    })
    expect(answerOf(settle(stored, good, 6 * MIN), 6 * MIN)).toMatchObject({ kind: 'keys' })
  })

  test('that never were there are unavailable, with the reason', () => {
    expect(answerOf(after([0, bad]), 400)).toEqual({
      kind: 'unavailable',
      reason: 'status 500',
      retryAfterMs: 600,
    })
  })
})

describe('an issuer that is down', () => {
  test('is asked after 1, 2, 4 ... seconds, at most every five minutes', () => {
    const pauses = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * S)
    let stored = after([0, bad])
    let now = 0
    for (const pause of pauses) {
      expect(shouldRead(stored, true, now + pause - 1)).toBe(false)
      now += pause
      expect(shouldRead(stored, false, now)).toBe(true)
      stored = settle(stored, bad, now)
    }
  })

  test('is asked as usual once it is up again', () => {
    const stored = after([0, bad], [1 * S, bad], [3 * S, good])
    expect(stored.failures).toBe(0)
    expect(shouldRead(stored, true, 33 * S)).toBe(true)
  })
})

test('whatever is asked, unknown keys cause a look no more often than every 30 s, and failures none in their pause', () => {
  const moves = fc.array(
    fc.record({ passMs: fc.nat(20_000), isMissing: fc.boolean(), isUp: fc.boolean() }),
    { maxLength: 200 },
  )
  fc.assert(
    fc.property(moves, (list) => {
      let stored: Stored | undefined
      let now = 0
      let lastLook = Number.NEGATIVE_INFINITY
      for (const { passMs, isMissing, isUp } of list) {
        now += passMs
        if (!shouldRead(stored, isMissing, now)) continue
        const wasFresh = stored?.good !== undefined && now - stored.good.readAt < 5 * MIN
        if (wasFresh) expect(now - lastLook).toBeGreaterThanOrEqual(30 * S)
        if ((stored?.failures ?? 0) > 0) expect(now - lastLook).toBeGreaterThanOrEqual(1 * S)
        lastLook = now
        stored = settle(stored, isUp ? good : bad, now)
      }
    }),
  )
})
