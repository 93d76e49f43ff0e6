import { describe, expect, it } from 'vitest'
import { errorDetails } from './error-details.ts'
import { stringifyJson } from './json.ts'
import { mergeParts } from './merge.ts'
import type { Json } from './types.ts'

const plain = (value: Json) => ({ value, group: '' })
const grouped = (group: string, data: Json) => ({ value: { [group]: data }, group })

describe('mergeParts', () => {
  it('takes each top-level key from the last part that has it, without looking deeper', () => {
    expect(
      mergeParts([plain({ a: { x: 1 }, b: 1 }), plain({ a: { y: 2 } }), plain({ c: 3 })]),
    ).toEqual({ a: { y: 2 }, b: 1, c: 3 })
  })

  it('merges groups of the same name deeply, the later winning on leaves', () => {
    const first = grouped('g', { a: { x: 1, y: 1 }, l: [1, 2], s: { t: 1 } })
    const second = grouped('g', { a: { y: 2, z: null }, l: [3], s: 's' })
    expect(mergeParts([first, second, grouped('h', {})])).toEqual({
      g: { a: { x: 1, y: 2, z: null }, l: [3], s: 's' },
      h: {},
    })
  })

  it('replaces a group that is an array or scalar', () => {
    expect(mergeParts([grouped('g', { a: 1 }), grouped('g', [1])])).toEqual({ g: [1] })
    expect(mergeParts([grouped('g', null), grouped('g', { a: 1 })])).toEqual({ g: { a: 1 } })
  })

  it('does not mix a group with what another part has under the same key', () => {
    expect(mergeParts([plain({ g: { a: 1 } }), grouped('g', { b: 2 })])).toEqual({ g: { b: 2 } })
    const between = [grouped('g', { a: 1 }), plain({ g: { b: 2 } }), grouped('g', { c: 3 })]
    expect(mergeParts(between)).toEqual({ g: { c: 3 } })
    expect(mergeParts([plain({ '': { a: 1 } }), plain({ '': { b: 2 } })])).toEqual({ '': { b: 2 } })
  })

  it('nests arrays and scalars and passes over null', () => {
    expect(mergeParts([plain([1]), plain('text'), plain(null), plain({ a: 1 })])).toEqual({
      collection: [1],
      content: 'text',
      a: 1,
    })
  })

  it('has an error object for a part that failed', () => {
    const error = errorDetails({ id: 'vms', status: 404, body: 'none', path: '/vms' })
    expect(mergeParts([plain({ a: 1 }), plain(error)])).toEqual({
      a: 1,
      error_vms: { http_status_code: 404, http_body: 'none', http_path: '/vms' },
    })
  })

  it('takes __proto__, constructor and prototype for plain keys', () => {
    const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'
    const parse = (): Json => JSON.parse(text) as Json
    expect(stringifyJson(mergeParts([plain({}), plain(parse())]))).toBe(text)
    const groups = [grouped('__proto__', parse()), grouped('__proto__', parse())]
    expect(stringifyJson(mergeParts(groups))).toBe(`{"__proto__":${text}}`)
    expect({}).not.toHaveProperty('polluted')
  })

  it('goes 10,000 levels deep', () => {
    const nest = (inside: string): Json =>
      JSON.parse('{"a":'.repeat(9998) + inside + '}'.repeat(9998)) as Json
    const merged = mergeParts([grouped('g', nest('{"b":1}')), grouped('g', nest('{"c":2}'))])
    expect(stringifyJson(merged)).toContain('{"b":1,"c":2}')
  })
})

describe('errorDetails', () => {
  it('leaves an empty body out', () => {
    expect(errorDetails({ id: '', status: 502, body: '', path: '/' })).toEqual({
      error_: { http_status_code: 502, http_path: '/' },
    })
  })
})
