import { expect, test } from 'vitest'
import { leaksIn } from './leaks.ts'

const SECRET = 'MARKER-a-secret-of-some-length'

test.each([
  ['plain', `x ${SECRET} y`],
  ['as a header of Basic authentication', btoa(`user:${SECRET}`)],
  ['as base64 alone', btoa(SECRET)],
  ['as base64 behind one byte', btoa(`a${SECRET}b`)],
  ['as base64 behind two bytes', btoa(`ab${SECRET}bc`)],
  ['in hex', Buffer.from(SECRET).toString('hex')],
])('a secret is found %s', (_, text) => {
  expect(leaksIn(text, ['another', SECRET])).toEqual([SECRET])
})

test('nothing is found where nothing is', () => {
  expect(leaksIn('MARKER-a-secret', [SECRET])).toEqual([])
})
