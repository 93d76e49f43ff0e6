import { expect, test } from 'vitest'
import { bearerMatches } from './bearer.ts'

test('the token itself matches, and it alone', () => {
  expect(bearerMatches('Bearer secret', 'secret')).toBe(true)
  for (const header of [
    'Bearer secre',
    'Bearer secret2',
    'Bearer Secret',
    'secret',
    'bearer secret',
    '',
    null,
  ]) {
    expect(bearerMatches(header, 'secret')).toBe(false)
  }
})

test('without a token nothing matches', () => {
  for (const token of [undefined, '']) {
    for (const header of ['Bearer ', 'Bearer undefined', undefined]) {
      expect(bearerMatches(header, token)).toBe(false)
    }
  }
})
