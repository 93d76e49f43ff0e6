import fc from 'fast-check'
import { expect, test } from 'vitest'
import { prefixEnd } from './prefix.ts'

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

test('every text that begins with a prefix comes before its end, and every later one after it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.string({ unit: 'binary' }),
      (prefix, other) => {
        const end = prefixEnd(prefix)
        expect(end === undefined || compare(prefix + other, end) < 0).toBe(true)
        if (end === undefined || other.startsWith(prefix)) return
        if (compare(other, prefix) > 0) expect(compare(other, end)).toBeGreaterThanOrEqual(0)
      },
    ),
  )
})

test.each([
  ['/a/', '/a0'],
  ['\ud7ff', '\ue000'],
  ['a\u{10ffff}', 'b'],
  ['\u{10ffff}', undefined],
  ['', undefined],
])('the end of %j is %j', (prefix, end) => {
  expect(prefixEnd(prefix)).toBe(end)
})
