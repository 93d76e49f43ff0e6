import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LimitRule } from '../../src/ports/limiter.ts'
import {
  limiterFiles,
  limiterRows,
  type LimiterObjects,
  startLimiterObjects,
} from './limiter-objects.ts'

const KEYS = 1_000_000
/** Of one request to the Worker, which then asks for that many clients. */
const PART = 50_000

/** As a rule with keys is without further words: a token a second for each client. */
const rule: LimitRule = {
  id: '["million","keys"]',
  limits: [{ kind: 'bucket', name: 'rate', perSecond: 1, capacity: 1 }],
  cost: 1,
  mode: 'exact',
  shards: 256,
  budgetMs: 60_000,
}

let objects: LimiterObjects
beforeAll(async () => {
  objects = await startLimiterObjects('random-keys.js')
})
afterAll(() => objects.close())

test('a million random clients leave no more files than a rule has objects, and no rows', async () => {
  let mostRows = 0
  for (let asked = 0; asked < KEYS; asked += PART) {
    const answer = await fetch(objects.url, {
      method: 'POST',
      body: JSON.stringify({ rule, keys: PART }),
    })
    expect(await answer.json()).toEqual({ admitted: PART })
    if (asked % (5 * PART) === 0) mostRows = Math.max(mostRows, limiterRows(objects.state))
  }
  expect(limiterFiles(objects.state)).toHaveLength(rule.shards)
  expect(mostRows).toBeGreaterThan(PART)
  await vi.waitFor(() => expect(limiterRows(objects.state)).toBe(0), {
    timeout: 180_000,
    interval: 2000,
  })
  expect(limiterFiles(objects.state)).toHaveLength(rule.shards)
}, 900_000)
