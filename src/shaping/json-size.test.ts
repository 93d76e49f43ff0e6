import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countValues } from './json-size.ts'

function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, item) => sum + valuesIn(item), 1)
}

describe('countValues', () => {
  it('never counts too few, whatever the texts hold', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(20), (text, exactFrom) => {
        expect(countValues(text, exactFrom)).toBeGreaterThanOrEqual(valuesIn(JSON.parse(text)))
      }),
    )
  })

  it('above the limit does not count what stands inside of texts', () => {
    const text = JSON.stringify({ log: '[{,\\",'.repeat(1000) })
    expect(countValues(text, 1_000_000)).toBeGreaterThan(1000)
    expect(countValues(text, 100)).toBe(2)
  })

  it('counts an empty container at most twice', () => {
    expect(countValues('['.concat('[],'.repeat(99), '0]'), 0)).toBeLessThanOrEqual(2 * 101)
  })
})
