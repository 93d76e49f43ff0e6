import { expect, test } from 'vitest'
import { createInFlight } from './in-flight.ts'

test('requests are counted by upstream until they end, once each', () => {
  const inFlight = createInFlight(() => 0)
  const [first] = [inFlight.enter('a', 0), inFlight.enter('a', 0), inFlight.enter('b', 0)]
  expect(inFlight.count()).toEqual({ a: 2, b: 1 })
  first.end()
  first.end()
  expect(inFlight.count()).toEqual({ a: 1, b: 1 })
})

test('a request that nobody ended lapses after its time', () => {
  let now = 0
  const inFlight = createInFlight(() => now)
  inFlight.enter('short', 500)
  inFlight.enter('unlimited', 0)
  now = 1501
  expect(inFlight.count()).toEqual({ unlimited: 1 })
  now = 61_001
  expect(inFlight.count()).toEqual({})
})

test('a request may last longer than was thought at first', () => {
  let now = 0
  const inFlight = createInFlight(() => now)
  const { keep } = inFlight.enter('streamed', 500)
  keep(60_000)
  now = 50_000
  expect(inFlight.count()).toEqual({ streamed: 1 })
  now = 60_001
  expect(inFlight.count()).toEqual({})
})
