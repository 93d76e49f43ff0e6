import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseQuantity } from './quantity.ts'

test.each([
  ['0', 0],
  ['5432', 5432],
  ['250m', 0.25],
  ['2Gi', 2 ** 31],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['1Ti', 2 ** 40],
  ['500M', 5e8],
])('%s is %d', (text, number) => {
  expect(parseQuantity(text)).toBe(number)
})

test.each(['', 'Gi', '-1Gi', '1 Gi', '1gi', '1GiB', '1e3', '.5Gi', 'NaN'])('%j is none', (text) => {
  expect(parseQuantity(text)).toBeUndefined()
})

test('a larger number of the same unit is larger', () => {
  const unit = fc.constantFrom('m', '', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'Ti')
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), unit, (a, b, suffix) => {
      const difference =
        (parseQuantity(`${a}${suffix}`) ?? NaN) - (parseQuantity(`${b}${suffix}`) ?? NaN)
      expect(Math.sign(difference)).toBe(Math.sign(a - b))
    }),
  )
})
