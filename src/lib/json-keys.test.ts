import fc from 'fast-check'
import { expect, test } from 'vitest'
import { repeatedKey } from './json-keys.ts'

test.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"b":{"a":1 , "a" : 2}}', 'a'],
  ['[{"a":1},{"c":{"x":0},"c":1}]', 'c'],
  [String.raw`{"a\"":1,"a\"":2}`, 'a"'],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ['{"":1,"":2}', ''],
])('%s repeats %j', (json, key) => {
  expect(repeatedKey(json)).toBe(key)
})

test.each([
  '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
  '{"a":"a","b":"a"}',
  '["a","a"]',
  String.raw`{"a":"\"a\":","b":"{\"b\":"}`,
  '"a"',
  '1',
])('%s repeats nothing', (json) => {
  expect(repeatedKey(json)).toBeUndefined()
})

test('what a serialiser writes repeats nothing', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      (value) => repeatedKey(JSON.stringify(value, null, 1)) === undefined,
    ),
  )
})
