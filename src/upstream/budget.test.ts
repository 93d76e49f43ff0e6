import { describe, expect, it } from 'vitest'
import { createBodyBudget } from './budget.ts'

describe('createBodyBudget', () => {
  it('grants what fits and frees it on release', () => {
    const budget = createBodyBudget(100)
    const [a, b] = [budget.reserve(1000), budget.reserve(1000)]
    expect(a.grow(60)).toBe(true)
    expect(b.grow(40)).toBe(true)
    a.release()
    expect(b.grow(60)).toBe(true)
  })

  it('takes back what was granted and not needed', () => {
    const budget = createBodyBudget(100)
    const [a, b] = [budget.reserve(1000), budget.reserve(1000)]
    expect(a.grow(100)).toBe(true)
    a.shrink(60)
    expect(b.grow(60)).toBe(true)
    a.release()
    expect(budget.reserve(1000).grow(40)).toBe(true)
  })

  it('waits for room and gets it when another lets go', async () => {
    const budget = createBodyBudget(100)
    const [a, b] = [budget.reserve(1000), budget.reserve(1000)]
    expect(a.grow(100)).toBe(true)
    const waiting = b.grow(1)
    expect(waiting).not.toBe(true)
    a.release()
    expect(await waiting).toBe(true)
  })

  it('gives up after a second', async () => {
    const budget = createBodyBudget(100)
    expect(budget.reserve(60_000).grow(100)).toBe(true)
    expect(await budget.reserve(1000).grow(1)).toBe(false)
  })

  it('never lets a body in that is larger than the budget', async () => {
    const large = createBodyBudget(100).reserve(60_000)
    expect(large.grow(80)).toBe(true)
    expect(await large.grow(80)).toBe(false)
  })

  it('reclaims what a vanished request holds once its time is over', () => {
    let now = 0
    const budget = createBodyBudget(100, () => now)
    expect(budget.reserve(1000).grow(100)).toBe(true)
    now = 1001
    const next = budget.reserve(1000)
    expect(next.grow(100)).toBe(true)
    next.release()
    expect(budget.reserve(1000).grow(100)).toBe(true)
  })
})
