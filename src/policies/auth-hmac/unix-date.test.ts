import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatUnixDate, parseUnixDate } from './unix-date.ts'

test.each([
  ['Tue Jul 13 04:30:50 UTC 2021', Date.UTC(2021, 6, 13, 4, 30, 50)],
  ['Sat Jul  3 04:30:50 UTC 2021', Date.UTC(2021, 6, 3, 4, 30, 50)],
  ['Sat Jul 3 04:30:50 GMT 2021', Date.UTC(2021, 6, 3, 4, 30, 50)],
  ['Sat Feb 29 00:00:00 UTC 2020', Date.UTC(2020, 1, 29)],
])('%s is read', (text, ms) => {
  expect(parseUnixDate(text)).toBe(ms)
})

test.each([
  'Mon Feb 29 00:00:00 UTC 2021',
  'Tue Jul 32 04:30:50 UTC 2021',
  'Tue Jul  0 04:30:50 UTC 2021',
  'Tue Jul 13 24:00:00 UTC 2021',
  'Tue Jul 13 04:60:50 UTC 2021',
  'Tue Jul 13 04:30:60 UTC 2021',
  'Xxx Jul 13 04:30:50 UTC 2021',
  'Tue Xxx 13 04:30:50 UTC 2021',
  'Tue Jul 13 04:30:50 KST 2021',
  '2021-07-13T04:30:50Z',
  '',
])('%s is no date', (text) => {
  expect(parseUnixDate(text)).toBeUndefined()
})

test('what is written is read', () => {
  const seconds = fc.integer({ min: 0, max: 253_402_300_799 }).map((second) => second * 1000)
  fc.assert(fc.property(seconds, (ms) => parseUnixDate(formatUnixDate(ms)) === ms))
})
