import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isDeeperThan } from './json-depth.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** What the scan must agree with on every JSON text. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

test('agrees with the parsed value on every JSON text', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(8), (value, most) => {
      const text = JSON.stringify(value, null, 1)
      expect(isDeeperThan(most, bytes(text))).toBe(depthOf(value) > most)
    }),
  )
})

test.each([
  ['{"[[[[":"{{{{"}', 1],
  [String.raw`{"a\"[[":"\\","b":[1]}`, 2],
  ['[[],[],[[]]]', 3],
  ['1', 0],
  ['', 0],
])('%s nests %i deep', (text, depth) => {
  expect(isDeeperThan(depth, bytes(text))).toBe(false)
  if (depth > 0) expect(isDeeperThan(depth - 1, bytes(text))).toBe(true)
})

test('a megabyte of brackets is judged at its first bytes', () => {
  const bomb = new Uint8Array(1024 * 1024).fill(0x5b)
  expect(isDeeperThan(32, bomb)).toBe(true)
})
