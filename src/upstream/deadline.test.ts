import { describe, expect, it } from 'vitest'
import { remaining, tighter } from './deadline.ts'

describe('remaining', () => {
  it.each([
    [2000, 500, 1500],
    [2000, 2000, 1],
    [2000, 9000, 1],
    [2000, -3_600_000, 2000],
    [0, 500, 0],
  ])('of %i ms after %i ms is %i ms', (limitMs, elapsedMs, left) => {
    expect(remaining(limitMs, elapsedMs)).toBe(left)
  })
})

describe('tighter', () => {
  it.each([
    [0, 0, 0],
    [0, 5, 5],
    [5, 0, 5],
    [5, 3, 3],
  ])('of %i and %i is %i, where 0 means no limit', (a, b, expected) => {
    expect(tighter(a, b)).toBe(expected)
  })
})
