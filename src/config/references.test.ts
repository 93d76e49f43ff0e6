import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fill, findMalformed, findReferences, hasReference, holdsReference } from './references.ts'

const values: Readonly<Record<string, string>> = { HOST: 'spider', PORT: '1024', EMPTY: '' }
const lookup = (name: string) => values[name]

test.each([
  ['http://${HOST}:${PORT}', 'http://spider:1024'],
  ['${MISSING:-fallback}', 'fallback'],
  ['${MISSING:-}', ''],
  ['${HOST:-fallback}', 'spider'],
  ['${EMPTY:-fallback}', ''],
  ['${MISSING:-http://a:1/b?c}', 'http://a:1/b?c'],
  ['$${HOST}', '${HOST}'],
  ['$$${HOST}', '$${HOST}'],
  ['$HOST {HOST} $ { }', '$HOST {HOST} $ { }'],
])('%s is filled to %s', (text, filled) => {
  expect(fill(text, lookup)).toEqual({ ok: true, value: filled })
})

test('fills every text below plain data and leaves the rest alone', () => {
  const data = { a: ['${PORT}', 1, true, null], b: { c: 'x${HOST}y' } }
  const filled = fill(data, lookup)
  expect(filled).toEqual({ ok: true, value: { a: ['1024', 1, true, null], b: { c: 'xspidery' } } })
  expect(data.b.c).toBe('x${HOST}y')
})

test('names each missing name once', () => {
  expect(fill({ a: '${X}${Y}', b: ['${X}'], c: '${HOST}' }, lookup)).toEqual({
    ok: false,
    error: ['X', 'Y'],
  })
})

test('what is filled in is never read as a reference or a pattern', () => {
  expect(fill('${A}', () => '${B} $& $1 $$')).toEqual({ ok: true, value: '${B} $& $1 $$' })
})

test('a key named __proto__ stays a plain key', () => {
  const data: unknown = JSON.parse('{"__proto__": "${HOST}"}')
  const filled = fill(data, lookup)
  expect(JSON.stringify(filled)).toBe('{"ok":true,"value":{"__proto__":"spider"}}')
})

test('finds references with their places', () => {
  expect(findReferences({ a: ['x', '${A}-${B:-b}'], c: '$${C}' })).toEqual([
    { name: 'A', hasDefault: false, path: ['a', 1] },
    { name: 'B', hasDefault: true, path: ['a', 1] },
  ])
})

test.each(['${A}', 'x${A:-}', '$${', '${A}${B}'])('%s is not yet what it will be', (text) => {
  expect(hasReference(text)).toBe(true)
  expect(holdsReference({ a: [{ b: text }] })).toBe(true)
})

test.each(['$A', '{A}', '${}', '${1A}', '${A', '${A-b}', '${a b}'])(
  '%s holds no reference',
  (text) => {
    expect(hasReference(text)).toBe(false)
    expect(holdsReference([text, 1, null])).toBe(false)
  },
)

test.each(['${}', '${1A}', '${A', '${A-b}', '${A} ${', '${A.b}', '${A:-${B}}'])(
  '%s is malformed',
  (text) => {
    expect(findMalformed({ a: [text] })).toEqual([['a', 0]])
  },
)

test.each(['${A}', '$${', '$${A', 'x', '$'])('%s is well-formed', (text) => {
  expect(findMalformed({ a: text })).toEqual([])
})

test('a text without references is filled to itself', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      fc.pre(!JSON.stringify(data).includes('${'))
      expect(fill(data, lookup)).toEqual({ ok: true, value: data })
    }),
  )
})
