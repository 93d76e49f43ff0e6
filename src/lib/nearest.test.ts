import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const KEYS = ['timeout', 'cache_ttl', 'backend', 'method', 'hosts', 'except_headers']

test.each([
  ['timout', 'timeout'],
  ['timeuot', 'timeout'],
  ['Timeout', 'timeout'],
  ['cacheTtl', 'cache_ttl'],
  ['cache-ttl', 'cache_ttl'],
  ['backends', 'backend'],
  ['methd', 'method'],
  ['host', 'hosts'],
  ['except_header', 'except_headers'],
])('%s means %s', (word, meant) => {
  expect(nearest(word, KEYS)).toBe(meant)
})

test.each(['', 'xyz', 'whitelist', 'time', 'x'.repeat(1_000_000)])(
  'a word far from all is near to none (%#)',
  (word) => {
    expect(nearest(word, KEYS)).toBeUndefined()
  },
)

test('the first of equally near words is taken', () => {
  expect(nearest('abcx', ['abca', 'abcb'])).toBe('abca')
})
