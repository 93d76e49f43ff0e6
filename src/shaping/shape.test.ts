import { describe, expect, it } from 'vitest'
import { createPartShaper, createShaper } from './shape.ts'
import type { Json, Path, Shaping } from './types.ts'

const NOTHING: Shaping = {
  target: [],
  flatmap: [],
  whitelist: [],
  blacklist: [],
  mapping: [],
  group: '',
  isCollection: false,
  wrapsCollection: false,
}

const split = (path: string): Path => path.split('.')
const paths = (...list: string[]): Path[] => list.map(split)
const pairs = (...list: [string, string][]): Shaping['mapping'] =>
  list.map(([from, to]) => [split(from), to])

const shape = (value: Json, options: Partial<Shaping>): Json =>
  createShaper({ ...NOTHING, ...options })(structuredClone(value))

const document = {
  a: { b: { c: 1, d: 2 }, e: 3 },
  l: [{ x: 1 }],
  s: 't',
  n: null,
}

describe('target', () => {
  it('picks an object, an array or a scalar', () => {
    expect(shape(document, { target: split('a.b') })).toEqual({ c: 1, d: 2 })
    expect(shape(document, { target: split('l') })).toEqual([{ x: 1 }])
    expect(shape(document, { target: split('a.e') })).toBe(3)
    expect(shape(document, { target: split('n') })).toBeNull()
  })

  it('gives an empty object when nothing is there, or the way crosses an array or a scalar', () => {
    for (const target of ['x', 'a.x', 's.length', 'l.0', 'n.x', 'constructor', '__proto__']) {
      expect(shape(document, { target: split(target) })).toEqual({})
    }
    expect(shape(document, { target: split('x'), group: 'g' })).toEqual({ g: {} })
  })
})

describe('whitelist', () => {
  it('keeps what is listed and prunes everything else', () => {
    expect(shape(document, { whitelist: paths('a.b.c', 'l', 'n', 's.q') })).toEqual({
      a: { b: { c: 1 } },
      l: [{ x: 1 }],
      n: null,
    })
  })

  it('leaves no empty branch behind', () => {
    expect(shape(document, { whitelist: paths('a.b.x', 'l.0', 'toString') })).toEqual({})
  })

  it('lets the later of related paths count', () => {
    expect(shape(document, { whitelist: paths('a', 'a.b') })).toEqual({ a: { b: { c: 1, d: 2 } } })
    expect(shape(document, { whitelist: paths('a.b', 'a') })).toEqual({ a: document.a })
  })

  it('keeps nothing of an array or scalar, which it cannot enter', () => {
    expect(shape(document, { target: ['l'], whitelist: paths('x') })).toEqual({})
    expect(shape(document, { target: ['s'], whitelist: paths('x') })).toEqual({})
    expect(shape(null, { whitelist: paths('x') })).toBeNull()
  })

  it('makes the blacklist irrelevant', () => {
    const options = { whitelist: paths('a.e', 's'), blacklist: paths('s') }
    expect(shape(document, options)).toEqual({ a: { e: 3 }, s: 't' })
  })
})

describe('blacklist', () => {
  it('removes at any depth', () => {
    expect(shape(document, { blacklist: paths('a.b.c', 's') })).toEqual({
      a: { b: { d: 2 }, e: 3 },
      l: [{ x: 1 }],
      n: null,
    })
  })

  it('keeps what it empties', () => {
    expect(shape({ a: { b: 1 }, c: 2 }, { blacklist: paths('a.b', 'c') })).toEqual({ a: {} })
  })

  it('leaves arrays and scalars on its way alone', () => {
    expect(shape(document, { blacklist: paths('l.0', 'l.x', 's.length', 'n.x', 'q.x') })).toEqual(
      document,
    )
  })

  it('removes all that is listed, also when one path leads through another', () => {
    for (const blacklist of [paths('a', 'a.b'), paths('a.b', 'a')]) {
      expect(shape({ a: { b: 1, c: 2 }, d: 3 }, { blacklist })).toEqual({ d: 3 })
    }
  })
})

describe('mapping', () => {
  it('moves a value over what has the new name', () => {
    expect(shape({ a: 1, b: 2 }, { mapping: pairs(['a', 'b'], ['x', 'y']) })).toEqual({ b: 1 })
    expect(shape({ a: null }, { mapping: pairs(['a', 'b']) })).toEqual({ b: null })
    expect(shape({ a: 1 }, { mapping: pairs(['a', 'a']) })).toEqual({ a: 1 })
  })

  it('works in the order of the file', () => {
    const value = { a: 1, b: 2, c: 3 }
    expect(shape(value, { mapping: pairs(['a', 'b'], ['b', 'c']) })).toEqual({ c: 1 })
    expect(shape(value, { mapping: pairs(['b', 'c'], ['a', 'b']) })).toEqual({ b: 1, c: 2 })
  })

  it('takes a dotted old name for a key of that name, or else for a path', () => {
    const mapping = pairs(['a.b', 'x'])
    expect(shape({ a: { b: 1, c: 2 } }, { mapping })).toEqual({ a: { c: 2 }, x: 1 })
    expect(shape({ a: { b: 1 } }, { mapping })).toEqual({ a: {}, x: 1 })
    expect(shape({ 'a.b': 0, a: { b: 1 } }, { mapping })).toEqual({ x: 0, a: { b: 1 } })
  })

  it('cuts a new name at its first dot', () => {
    expect(shape({ a: 1 }, { mapping: pairs(['a', 'cc.dd']) })).toEqual({ cc: 1 })
  })

  it('leaves an array or scalar alone', () => {
    expect(shape([1], { mapping: pairs(['0', 'a']) })).toEqual([1])
  })
})

describe('group', () => {
  it('wraps whatever is left', () => {
    for (const value of [{}, { a: 1 }, [1], 's', null]) {
      expect(shape(value, { group: 'g' })).toEqual({ g: value })
    }
  })
})

describe('order', () => {
  it('is target, filter, mapping, group', () => {
    const options = {
      target: split('a'),
      whitelist: paths('e', 'x'),
      mapping: pairs(['e', 'x'], ['b', 'y']),
      group: 'g',
    }
    expect(shape(document, options)).toEqual({ g: { x: 3 } })
    expect(shape(document, { ...options, whitelist: [], blacklist: paths('e', 'x') })).toEqual({
      g: { y: { c: 1, d: 2 } },
    })
  })

  it('has flatmap in the place of filters and mapping, which are ignored', () => {
    const options = {
      target: split('a'),
      flatmap: [{ type: 'move', from: ['e'], to: ['f'] } as const],
      whitelist: paths('f'),
      mapping: pairs(['f', 'z']),
      group: 'g',
    }
    expect(shape(document, options)).toEqual({ g: { b: { c: 1, d: 2 }, f: 3 } })
  })
})

describe('a collection', () => {
  const list = [{ x: 1 }, { x: 2 }]
  const bare = { isCollection: true }
  const wrapped = { isCollection: true, wrapsCollection: true }

  it('is a bare array, or stands under collection when it is wrapped', () => {
    expect(shape(list, bare)).toEqual(list)
    expect(shape(list, wrapped)).toEqual({ collection: list })
    expect(shape([], wrapped)).toEqual({ collection: [] })
    expect(shape(null, wrapped)).toBeNull()
  })

  it('nests in a group', () => {
    expect(shape(list, { ...bare, group: 'g' })).toEqual({ g: list })
    expect(shape(list, { ...wrapped, group: 'g' })).toEqual({ g: { collection: list } })
  })

  it('is reached by filters under the name collection, and stays what it was', () => {
    expect(shape(list, { ...bare, whitelist: paths('collection') })).toEqual(list)
    expect(shape(list, { ...wrapped, whitelist: paths('collection') })).toEqual({
      collection: list,
    })
    expect(shape(list, { ...bare, whitelist: paths('x') })).toEqual({})
    const flatmap = [{ type: 'del', paths: paths('collection.*.x') } as const]
    expect(shape(list, { ...bare, flatmap })).toEqual([{}, {}])
    expect(shape(list, { ...bare, target: ['collection'], group: 'g' })).toEqual({ g: list })
  })

  it('is renamed by mapping, which shows only when it is wrapped', () => {
    const mapping = pairs(['collection', 'items'], ['items', 'things'])
    expect(shape(list, { ...bare, mapping })).toEqual(list)
    expect(shape(list, { ...wrapped, mapping })).toEqual({ things: list })
  })

  it('stays wrapped rather than lose what flatmap put beside it', () => {
    const flatmap = [{ type: 'move', from: split('collection.0.x'), to: split('first') } as const]
    expect(shape(list, { ...bare, flatmap })).toEqual({ collection: [{}, { x: 2 }], first: 1 })
  })

  it('keeps its key as a part of a merge unless it has a group', () => {
    const part = (options: Partial<Shaping>) =>
      createPartShaper({ ...NOTHING, ...bare, ...options })(structuredClone(list))
    expect(part({})).toEqual({ collection: list })
    expect(part({ mapping: pairs(['collection', 'items']) })).toEqual({ items: list })
    expect(part({ group: 'g' })).toEqual({ g: list })
  })
})

describe('depth', () => {
  const DEPTH = 9999
  const nest = (): Json => JSON.parse('{"a":'.repeat(DEPTH) + '{"b":1}' + '}'.repeat(DEPTH)) as Json
  const down = [...Array.from({ length: DEPTH }, () => 'a'), 'b']

  it.each<[string, Partial<Shaping>]>([
    ['target', { target: down }],
    ['whitelist', { whitelist: [down] }],
    ['blacklist', { blacklist: [down] }],
    ['mapping', { mapping: [[down, 'x']] }],
    ['del', { flatmap: [{ type: 'del', paths: [down, down.map(() => '*')] }] }],
    ['move', { flatmap: [{ type: 'move', from: down, to: ['x'] }] }],
    ['embedding', { flatmap: [{ type: 'move', from: ['a'], to: down }] }],
    ['append', { flatmap: [{ type: 'append', from: down, to: down.slice(1) }] }],
  ])('of 10,000 levels takes no stack in %s', (_, options) => {
    expect(() => createShaper({ ...NOTHING, ...options, group: 'g' })(nest())).not.toThrow()
  })
})
