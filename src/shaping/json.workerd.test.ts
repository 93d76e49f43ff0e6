import { describe, expect, it } from 'vitest'
import { parseJson, stringifyJson } from './json.ts'

function roundTrip(text: string): string {
  const json = parseJson(text)
  return json.ok ? stringifyJson(json.value) : json.error
}

describe('JSON inside workerd', () => {
  it('keeps the text of numbers', () => {
    const text = '{"a":[12345678901234567890,1.10,1E400,-0,1.5]}'
    expect(roundTrip(text)).toBe(text)
  })

  it('goes 10,000 levels deep on a stack of its own', () => {
    for (const inside of ['1', '1.10']) {
      const text = '{"a":['.repeat(5000) + inside + ']}'.repeat(5000)
      expect(roundTrip(text) === text).toBe(true)
    }
    expect(roundTrip('['.repeat(100_000))).toBe('it is nested deeper than 10000 levels')
  })
})
