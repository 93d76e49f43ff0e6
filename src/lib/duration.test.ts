import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDuration } from './duration.ts'

test.each([
  ['0', 0],
  ['0s', 0],
  ['2s', 2_000],
  ['1m30s', 90_000],
  ['1h2m3s4ms', 3_723_004],
  ['250ms', 250],
  ['1.5s', 1_500],
  ['.5s', 500],
  ['1.s', 1_000],
  ['100m', 6_000_000],
  ['250us', 0.25],
  ['250µs', 0.25],
  ['250μs', 0.25],
  ['-2s', -2_000],
  ['+2s', 2_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each([
  '',
  '-',
  '2',
  '1.5',
  's',
  '2 s',
  ' 2s',
  '2s ',
  '2S',
  '2d',
  '1m30',
  '1e3s',
  '.s',
  '--2s',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test('a duration beyond the 64 bits of Go is none', () => {
  expect(parseDuration('2562047h')).toBe(2_562_047 * 3_600_000)
  expect(parseDuration('2562048h')).toBeUndefined()
  expect(parseDuration(`${'9'.repeat(400)}h`)).toBeUndefined()
})

test('the parts of a duration add up', () => {
  const part = fc.nat({ max: 10_000 })
  fc.assert(
    fc.property(part, part, part, (h, m, s) => {
      expect(parseDuration(`${h}h${m}m${s}s`)).toBe(((h * 60 + m) * 60 + s) * 1000)
    }),
  )
})

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseDuration(text)))
})
