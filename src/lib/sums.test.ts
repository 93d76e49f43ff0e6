import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addSums } from './sums.ts'

test('numbers of the same key and position are added, missing ones are 0', () => {
  expect(addSums([{ a: [1, 2], b: [1] }, {}, { a: [10, 20, 30], c: [5] }])).toEqual({
    a: [11, 22, 30],
    b: [1],
    c: [5],
  })
})

test('the parts stay as they were', () => {
  const part = { a: [1] }
  addSums([part, part])
  expect(part).toEqual({ a: [1] })
})

test('neither order nor grouping changes a sum of whole numbers', () => {
  const part = fc.dictionary(fc.constantFrom('a', 'b', '[1]'), fc.array(fc.nat(), { maxLength: 4 }))
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const whole = addSums(parts)
      expect(addSums(parts.toReversed())).toEqual(whole)
      expect(addSums([addSums(parts.slice(0, 2)), addSums(parts.slice(2))])).toEqual(whole)
    }),
  )
})
