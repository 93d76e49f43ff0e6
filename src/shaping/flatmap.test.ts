import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFlatmap } from './flatmap.ts'
import type { FlatmapOperation, Json, JsonObject, Path } from './types.ts'

const split = (path: string): Path => path.split('.')
const move = (from: string, to: string): FlatmapOperation => ({
  type: 'move',
  from: split(from),
  to: split(to),
})
const append = (from: string, to: string): FlatmapOperation => ({
  type: 'append',
  from: split(from),
  to: split(to),
})
const del = (...paths: string[]): FlatmapOperation => ({ type: 'del', paths: paths.map(split) })

const run = (value: Json, ...operations: FlatmapOperation[]): Json =>
  createFlatmap(operations)(structuredClone(value))

const document: JsonObject = {
  a: { b: { c: 1, d: 2 }, e: 3 },
  l: [
    { x: 1, y: { z: 9 } },
    { x: 2, y: { z: 8 } },
  ],
  s: 't',
  n: null,
}

describe('flatmap', () => {
  it('runs its operations in order on the same tree', () => {
    const operations = [
      move('a.b.c', 'a.b.k'),
      move('a.b.d', 'top'),
      move('s', 'deep.er.s'),
      del('l.*.y.z', 'n'),
    ]
    expect(run(document, ...operations)).toEqual({
      a: { b: { k: 1 }, e: 3 },
      deep: { er: { s: 't' } },
      l: [
        { x: 1, y: {} },
        { x: 2, y: {} },
      ],
      top: 2,
    })
  })

  it('leaves a scalar or null as it is', () => {
    expect(run('text', del('*'))).toBe('text')
    expect(run(null, move('a', 'b'))).toBeNull()
  })
})

describe('del', () => {
  it('passes over what is missing', () => {
    expect(run({ a: 1 }, del('b', 'a.b', 'a.*.c', 'b.*'))).toEqual({ a: 1 })
  })

  it('removes in every child where a * stands', () => {
    const value = { a: { first: { x: 1, y: 2 }, last: { x: 3 } }, l: [{ x: 1, y: 2 }, 5] }
    expect(run(value, del('a.*.x', 'l.*.x'))).toEqual({
      a: { first: { y: 2 }, last: {} },
      l: [{ y: 2 }, 5],
    })
  })

  it('empties a container when the path ends in *', () => {
    expect(run({ a: { b: 1 }, l: [1, 2], e: [] }, del('a.*', 'l.*', 'e.*'))).toEqual({
      a: {},
      l: [],
      e: [],
    })
    expect(run({ a: 1, b: 2 }, del('*'))).toEqual({})
  })

  it('closes up arrays only at the end, so that an index always means the same element', () => {
    expect(run({ l: [0, 1, 2, 3] }, del('l.0'))).toEqual({ l: [1, 2, 3] })
    expect(run({ l: [0, 1, 2, 3] }, del('l.0', 'l.1'), del('l.0'), del('l.3'))).toEqual({ l: [2] })
  })

  it('takes neither the length of an array nor an index with a leading zero for a child', () => {
    expect(run({ l: [1, 2] }, del('l.length', 'l.00', 'l.-1'))).toEqual({ l: [1, 2] })
  })
})

describe('move with as many segments on both sides', () => {
  it('renames the last label and ignores the other segments of the destination', () => {
    expect(run({ a: { b: 1 } }, move('a.b', 'q.z'))).toEqual({ a: { z: 1 } })
  })

  it('renames in every element', () => {
    const value = { products: [{ id: 1, title: 'a' }, { title: 'b' }, { id: 3 }] }
    expect(run(value, move('products.*.id', 'products.*.id-'))).toEqual({
      products: [{ 'id-': 1, title: 'a' }, { title: 'b' }, { 'id-': 3 }],
    })
  })

  it('overwrites an existing label', () => {
    expect(run({ a: 1, b: 2 }, move('a', 'b'))).toEqual({ b: 1 })
  })

  it('cannot rename an element of an array', () => {
    expect(run({ l: [1, 2, 3] }, move('l.0', 'l.2'))).toEqual({ l: [1, 2, 3] })
  })

  it('takes a last * as a label', () => {
    expect(run({ a: 1 }, move('*', 'b'))).toEqual({ a: 1 })
    expect(run({ '*': 1 }, move('*', 'b'))).toEqual({ b: 1 })
  })
})

describe('move with more segments in the source', () => {
  it('lifts the value up; its emptied parent stays', () => {
    expect(run({ a: { b: { c: 1 } } }, move('a.b.c', 'a.c'))).toEqual({ a: { b: {}, c: 1 } })
  })

  it('attaches it to the deepest ancestor that exists', () => {
    expect(run({ a: { b: { c: 1 } } }, move('a.b.c', 'x.y'))).toEqual({ a: { b: {} }, y: 1 })
  })

  it('puts the label that was met at the same depth for a *', () => {
    expect(run(document, move('l.*.y.z', 'l.*.zz'))).toMatchObject({
      l: [
        { x: 1, y: {}, zz: 9 },
        { x: 2, y: {}, zz: 8 },
      ],
    })
    const deep = { a: [{ b: [{ c: { d: { e: 1 } } }, { c: { d: { e: 2 } } }] }] }
    expect(run(deep, move('a.*.b.*.c.d.e', 'a.*.b.*.e'))).toEqual({
      a: [
        {
          b: [
            { c: { d: {} }, e: 1 },
            { c: { d: {} }, e: 2 },
          ],
        },
      ],
    })
  })

  it('keeps the last of several sources', () => {
    expect(run({ l: [{ x: 1 }, { x: 2 }] }, move('l.*.x', 'x'))).toEqual({ l: [{}, {}], x: 2 })
  })

  it('makes an object of a scalar in its way', () => {
    expect(run({ a: { b: { c: 1 } }, s: 't' }, move('a.b.c', 's.c'))).toEqual({
      a: { b: {} },
      s: { c: 1 },
    })
  })

  it('adds to the end of an array, or over the element with that index', () => {
    expect(run({ a: { b: { c: 9 } }, l: [1, 2] }, move('a.b.c', 'l.new'))).toMatchObject({
      l: [1, 2, 9],
    })
    expect(run({ a: { b: { c: 9 } }, l: [1, 2] }, move('a.b.c', 'l.0'))).toMatchObject({
      l: [9, 2],
    })
  })
})

describe('move with fewer segments in the source', () => {
  it('makes the objects that are missing on the way', () => {
    expect(run({ s: 't' }, move('s', 'deep.er.s'))).toEqual({ deep: { er: { s: 't' } } })
  })

  it('works inside every element', () => {
    expect(run({ l: [{ x: 1 }, { x: 2, in: { k: 0 } }] }, move('l.*.x', 'l.*.in.side.x'))).toEqual({
      l: [{ in: { side: { x: 1 } } }, { in: { k: 0, side: { x: 2 } } }],
    })
  })

  it('can embed a value in a new object of its own name', () => {
    expect(run({ a: 1 }, move('a', 'a.b.c'))).toEqual({ a: { b: { c: 1 } } })
  })
})

describe('append', () => {
  it('adds one array to the end of the other and removes it', () => {
    expect(run({ a: [1, 2], b: [3] }, append('a', 'b'))).toEqual({ b: [3, 1, 2] })
    expect(run({ x: { a: [1] }, y: { b: [] } }, append('x.a', 'y.b'))).toEqual({
      x: {},
      y: { b: [1] },
    })
  })

  it('does nothing when either is no array, or both are the same', () => {
    for (const value of [{ a: [1] }, { a: [1], b: {} }, { a: 1, b: [2] }, { b: [2] }]) {
      expect(run(value, append('a', 'b'))).toEqual(value)
    }
    expect(run({ a: [1] }, append('a', 'a'))).toEqual({ a: [1] })
  })

  it('takes what a * meets as an array, with null where there is nothing', () => {
    expect(run({ l: [{ x: 1 }, {}, { x: [3] }], all: [0] }, append('l.*.x', 'all'))).toEqual({
      l: [{}, {}, {}],
      all: [0, 1, null, [3]],
    })
    expect(run({ o: { a: 1, b: 2 }, all: [] }, append('o.*', 'all'))).toEqual({
      o: {},
      all: [1, 2],
    })
  })

  it('stays inside each element where the destination has a *', () => {
    const value = { l: [{ a: [1], b: [2] }, { b: [3] }, { a: [4], b: [] }] }
    expect(run(value, append('l.*.a', 'l.*.b'))).toEqual({
      l: [{ b: [2, 1] }, { b: [3] }, { b: [4] }],
    })
    expect(run(value, append('m.*.a', 'l.*.b'))).toEqual(value)
  })

  it('never makes a cycle', () => {
    expect(run({ l: [[1], 2] }, append('l', 'l.0'))).toEqual({})
    expect(run({ l: [[[1], 2]] }, append('l.*', 'l.*.0'))).toEqual({ l: [[[1], 2]] })
    expect(run({ l: [[1], 2] }, append('l.*', 'l.0'))).toEqual({ l: [] })
  })
})

describe('flatmap as a tree of labelled edges, the way the original builds it', () => {
  const label = fc.constantFrom('a', 'b', '0', '1')
  const pattern = fc.array(fc.oneof({ weight: 3, arbitrary: label }, fc.constant('*')), {
    minLength: 1,
    maxLength: 4,
  })
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.nat(9),
      fc.dictionary(label, tie('json'), { maxKeys: 4 }),
      fc.array(tie('json'), { maxLength: 3 }),
    ),
  }))

  it('agrees on deletions followed by a move', () => {
    const doc = fc.dictionary(label, json, { maxKeys: 4 })
    fc.assert(
      fc.property(
        doc,
        fc.array(pattern, { maxLength: 2 }),
        pattern,
        pattern,
        (value, gone, from, to) => {
          const tree = grow(value)
          for (const path of gone) prune(tree, path)
          transplant(tree, from, to)
          const operations: FlatmapOperation[] = [
            { type: 'del', paths: gone },
            { type: 'move', from, to },
          ]
          expect(run(value, ...operations)).toEqual(harvest(tree))
        },
      ),
      { numRuns: 3000 },
    )
  })
})

interface Tree {
  leaf: Json
  isArray: boolean
  edges: [label: string, tree: Tree][]
  /** How many edges there ever were: the label of the next one in an array. */
  count: number
}

function grow(value: Json): Tree {
  const isArray = Array.isArray(value)
  const isLeaf = typeof value !== 'object' || value === null
  const edges = isLeaf ? [] : Object.entries(value).map(([k, v]): [string, Tree] => [k, grow(v)])
  return { leaf: isLeaf ? value : isArray ? [] : {}, isArray, edges, count: edges.length }
}

function harvest({ leaf, isArray, edges }: Tree): Json {
  if (edges.length === 0) return leaf
  if (isArray) return edges.map(([, child]) => harvest(child))
  return Object.fromEntries(edges.map(([name, child]) => [name, harvest(child)]))
}

function prune(tree: Tree, [head = '', ...rest]: Path): void {
  if (rest.length === 0) tree.edges = tree.edges.filter(([name]) => head !== '*' && name !== head)
  else for (const [name, child] of tree.edges) if (head === '*' || head === name) prune(child, rest)
}

function transplant(root: Tree, from: Path, to: Path): void {
  let found: [Tree, Path][] = [[root, []]]
  for (const segment of from.slice(0, -1)) {
    found = found.flatMap(([tree, labels]) =>
      tree.edges
        .filter(([name]) => segment === '*' || segment === name)
        .map(([name, child]): [Tree, Path] => [child, [...labels, name]]),
    )
  }
  const last = to.at(-1) ?? ''
  const cut = found.flatMap(([tree, labels]) => {
    if (tree.isArray && from.length === to.length) return []
    const edge = tree.edges.find(([name]) => name === from.at(-1))
    tree.edges = tree.edges.filter((other) => other !== edge)
    return edge === undefined ? [] : [{ tree, labels, child: edge[1] }]
  })
  for (const { tree, labels, child } of cut) {
    let parent = from.length > to.length ? root : tree
    const way = from.length > to.length ? to.slice(0, -1) : to.slice(from.length - 1, -1)
    for (const [depth, segment] of way.entries()) {
      const isLifting = from.length > to.length
      const name = isLifting && segment === '*' ? labels[depth] : segment
      const next = parent.edges.find(([other]) => other === name)
      if (next === undefined && isLifting) break
      const made = grow({})
      if (next === undefined) graft(parent, segment, made)
      parent = next?.[1] ?? made
    }
    const existing = parent.edges.find(([name]) => name === last)
    if (existing === undefined) graft(parent, last, child)
    else existing[1] = child
  }
}

const graft = (parent: Tree, label: string, child: Tree) =>
  parent.edges.push([parent.isArray ? String(parent.count++) : label, child])
