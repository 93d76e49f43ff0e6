import { expect, test } from 'vitest'
import { step } from './step.ts'

const batch = { isolate: 'i', sequence: 3, counts: { a: [1], b: [2, 5] } }

test('a batch is added to what is stored', () => {
  expect(step({ lastSequence: 2, counts: { b: [10, 10] } }, batch)).toEqual({
    kind: 'added',
    counts: { a: [1], b: [12, 15] },
  })
})

test('the first batch of an isolate is added', () => {
  expect(step({ lastSequence: undefined, counts: {} }, batch).kind).toBe('added')
})

test.each([3, 4, 100])('a batch is dropped when the object has already seen %i', (lastSequence) => {
  expect(step({ lastSequence, counts: {} }, batch)).toEqual({ kind: 'repeated' })
})
