import { describe, expect, it } from 'vitest'
import { parseExact } from './exact-json.ts'
import { MAX_DEPTH, parseJson, stringifyJson } from './json.ts'
import { JsonNumber, mayChangeNumbers } from './json-number.ts'
import { ok } from '../lib/result.ts'

/** What the text is after reading and writing, or why it cannot be read. */
function roundTrip(text: string): string {
  const json = parseJson(text)
  return json.ok ? stringifyJson(json.value) : json.error
}

const arrays = (depth: number, inside = '1.10'): string =>
  '['.repeat(depth) + inside + ']'.repeat(depth)
const objects = (depth: number, inside = '1.10'): string =>
  '{"a":'.repeat(depth) + inside + '}'.repeat(depth)

describe('the text of numbers', () => {
  it.each([
    '12345678901234567890',
    '9007199254740993',
    '-9007199254740993',
    '1.10',
    '1e5',
    '1E400',
    '-0',
    '-0.0',
    '0.0000001',
    '1e+21',
    '100000000000000000000000',
    '0.1000000000000000055511151231257827',
    '5e-324',
    '7'.repeat(1000),
  ])('of %s is kept', (number) => {
    for (const text of [number, `[${number}]`, `{"a":${number}}`, `[0,${number},"x"]`]) {
      expect(roundTrip(text)).toBe(text)
    }
    expect(roundTrip(`[ ${number}\n,\t${number} ]\n`)).toBe(`[${number},${number}]`)
  })

  it('is carried by a JsonNumber only where a double would change it', () => {
    expect(parseJson('[1.5, 1.50]')).toEqual(ok([1.5, new JsonNumber('1.50')]))
    expect(String(new JsonNumber('1.50'))).toBe('1.50')
  })

  it('costs no exact reading where all survive, even with what looks like numbers in strings', () => {
    const text = JSON.stringify({
      uid: 'd3k2v8vfo5nd1tk1g0e0',
      ip: '10.0.0.10',
      cidr: '10.0.0.0/16',
      created: '2025-11-24T10:00:00.000Z',
      latitude: 37.5665,
      costs: [0.0065, 0.30000000000000004, 1234567890123456, -1, 0, 1e21, 1e-7],
    })
    expect(mayChangeNumbers(text)).toBe(false)
    expect(mayChangeNumbers(JSON.stringify(JSON.parse(text), null, 2))).toBe(false)
  })

  it('may be of any length', () => {
    const digits = '1'.repeat(5_000_000)
    for (const number of [digits, `0.${digits}`, `${digits}e5`, `1e${digits}`]) {
      expect(roundTrip(`[${number}]`) === `[${number}]`).toBe(true)
    }
    expect(roundTrip(`["x${digits}, "]`) === `["x${digits}, "]`).toBe(true)
  })
})

describe('reading', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'toString', ''])('takes %j as a key', (key) => {
    for (const value of ['{"polluted":true}', '1.10']) {
      const text = `{${JSON.stringify(key)}:${value}}`
      expect(roundTrip(text)).toBe(text)
    }
    expect({}).not.toHaveProperty('polluted')
  })

  it('lets the last of equal keys count', () => {
    expect(roundTrip('{"a":1,"b":2,"a":3}')).toBe('{"a":3,"b":2}')
    expect(roundTrip('{"a":1.0,"b":2,"a":3.0,"__proto__":1,"__proto__":2}')).toBe(
      '{"a":3.0,"b":2,"__proto__":2}',
    )
  })

  it('passes over a byte order mark and white space', () => {
    expect(roundTrip('\ufeff \r\n\t{"a" : 1 }\n')).toBe('{"a":1}')
    expect(roundTrip('\ufeff {"a" : 1.0 }\n')).toBe('{"a":1.0}')
  })

  it('keeps lone surrogates and characters that need an escape', () => {
    expect(roundTrip('["\\ud800","\\u0000","\\/",1.10]')).toBe('["\\ud800","\\u0000","/",1.10]')
    expect(roundTrip('["\ud800",1]')).toBe('["\\ud800",1]')
  })

  it.each([
    '',
    ' ',
    'x',
    '{',
    '[1,]',
    '[1 2]',
    '{"a":1,}',
    '{"a"}',
    '{a:1}',
    '{1:2}',
    "{'a':1}",
    '[01]',
    '[.5]',
    '[1.]',
    '[+1]',
    '[NaN]',
    '["\t"]',
    '["\\x"]',
    '["a]',
    '{} {}',
    '{"a":1} secret',
    '\ufeff\ufeff{}',
  ])(
    'refuses %j, with and without a number that needs exact reading, and shows none of it',
    (text) => {
      expect(roundTrip(text)).toBe('it is not valid JSON')
      expect(roundTrip(`[1.10,${text}]`)).toBe('it is not valid JSON')
      expect(() => parseExact(text)).toThrow(SyntaxError)
    },
  )
})

describe('depth', () => {
  it('of 10,000 levels takes no stack, native or exact', () => {
    for (const inside of ['1', '1.10', '"}]"', '{}']) {
      for (const text of [arrays(MAX_DEPTH - 1, inside), objects(MAX_DEPTH - 1, inside)]) {
        expect(roundTrip(text) === text).toBe(true)
      }
    }
  })

  it('of more levels is refused', () => {
    for (const depth of [MAX_DEPTH + 1, 100_000, 2_000_000]) {
      expect(roundTrip(arrays(depth))).toBe('it is nested deeper than 10000 levels')
      expect(roundTrip(objects(depth, '1'))).toBe('it is nested deeper than 10000 levels')
    }
  })

  it('is not the number of brackets', () => {
    const wide = `[${'{"[":[]},'.repeat(MAX_DEPTH)}"${'['.repeat(MAX_DEPTH)}\\"["]`
    expect(roundTrip(wide) === wide).toBe(true)
  })
})
