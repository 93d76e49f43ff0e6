import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBlacklist } from './blacklist.ts'
import { parseExact } from './exact-json.ts'
import { createFlatmap } from './flatmap.ts'
import { createGroup } from './group.ts'
import { parseJson, stringifyJson } from './json.ts'
import { JsonNumber, keepsText, mayChangeNumbers } from './json-number.ts'
import { createMapping } from './mapping.ts'
import { mergeParts } from './merge.ts'
import { createPartShaper, createShaper } from './shape.ts'
import { createTarget } from './target.ts'
import type { FlatmapOperation, Json, JsonObject, Path, Shaping } from './types.ts'
import { isContainer, isObject, put } from './value.ts'
import { createWhitelist } from './whitelist.ts'

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength, maxLength })

/** Texts of numbers: what doubles print as, and all that RFC 8259 allows besides. */
const numberText = fc.oneof(
  fc.constantFrom('0', '-0', '1.10', '1e5', '1E400', '0.0000001', '12345678901234567890', '1e+21'),
  fc.integer().map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(
        fc.constant('0'),
        digits(0, 25).map((rest) => `7${rest}`),
      ),
      fc.oneof(
        fc.constant(''),
        digits(1, 25).map((fraction) => `.${fraction}`),
      ),
      fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][-+]?[0-9]{1,3}$/)),
    )
    .map((parts) => parts.join('')),
)

/** Mostly three, so that paths hit; and all that are special somewhere in JavaScript or in a path. */
const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', '0') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype', 'length', '1', 'a.b', ''),
  },
)

/** Documents whose numbers are all given as text. */
const { json, object } = fc.letrec<{ json: Json; object: JsonObject; array: Json[] }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      numberText.map((text) => new JsonNumber(text)),
      fc.constantFrom<Json>(true, false, null, ' 1.10, "x', '\ud800', '서울', ':1e5,'),
      fc.string(),
    ),
    tie('object'),
    tie('array'),
  ),
  object: fc.array(fc.tuple(key, tie('json')), { maxLength: 5 }).map(toObject),
  array: fc.array(tie('json'), { maxLength: 4 }),
}))

function toObject(members: readonly (readonly [string, Json])[]): JsonObject {
  const result: JsonObject = {}
  for (const [name, value] of members) put(result, name, value)
  return result
}

const path = fc.array(fc.oneof({ weight: 5, arbitrary: key }, fc.constant('*')), {
  minLength: 1,
  maxLength: 4,
})
const operation: fc.Arbitrary<FlatmapOperation> = fc.oneof(
  fc.record({ type: fc.constant('move' as const), from: path, to: path }),
  fc.record({ type: fc.constant('append' as const), from: path, to: path }),
  fc.record({ type: fc.constant('del' as const), paths: fc.array(path, { maxLength: 3 }) }),
)
const paths = fc.array(path, { maxLength: 4 })
const shaping: fc.Arbitrary<Shaping> = fc.record({
  target: fc.oneof(fc.constant([]), path),
  flatmap: fc.oneof(fc.constant([]), fc.array(operation, { maxLength: 4 })),
  whitelist: paths,
  blacklist: paths,
  mapping: fc.array(fc.tuple(path, key), { maxLength: 3 }),
  group: fc.oneof(fc.constant(''), key),
  isCollection: fc.boolean(),
  wrapsCollection: fc.boolean(),
})
const space = fc.constantFrom('', ' ', '\n', '\r\n\t ')

/** An independent writer: white space wherever it may stand. */
function write(value: Json, gap: string): string {
  if (value instanceof JsonNumber) return value.text
  if (!isContainer(value)) return JSON.stringify(value)
  if (Array.isArray(value)) {
    return `[${value.map((item) => `${gap}${write(item, gap)}${gap}`).join(',')}${gap}]`
  }
  const members = Object.entries(value).map(
    ([name, item]) => `${gap}${JSON.stringify(name)}${gap}:${gap}${write(item, gap)}${gap}`,
  )
  return `{${members.join(',')}${gap}}`
}

function read(text: string): Json {
  const result = parseJson(text)
  if (!result.ok) throw new Error(result.error)
  return result.value
}

const copy = <T extends Json>(value: T): T => read(write(value, '')) as T

/** Compact text with sorted keys. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return stringifyJson(value)
  const members = Object.entries(value).map(([name, item]) => [name, canonical(item)] as const)
  return JSON.stringify(members.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function* containersIn(value: Json): Generator<Json[] | JsonObject> {
  if (!isContainer(value)) return
  yield value
  for (const child of Object.values(value)) yield* containersIn(child)
}

const isPrefix = (shorter: Path, longer: Path): boolean =>
  shorter.every((segment, index) => longer[index] === segment)

/** Paths none of which leads through another. */
const unrelatedPaths = paths.map((list) =>
  list.filter((one, index) => list.every((other, at) => at === index || !isPrefix(other, one))),
)

describe('JSON', () => {
  it('comes out as it went in, with the text of every number', () => {
    fc.assert(
      fc.property(json, space, (value, gap) => {
        expect(stringifyJson(read(`${gap}${write(value, gap)}${gap}`))).toBe(write(value, ''))
      }),
      { numRuns: 1000 },
    )
  })

  it('is never read natively when a number would change', () => {
    fc.assert(
      fc.property(numberText, space, space, fc.boolean(), (number, before, after, isLast) => {
        fc.pre(!keepsText(number))
        const rest = isLast ? '' : ',"x"'
        expect(mayChangeNumbers(`["-",${before}${number}${after}${rest}]`)).toBe(true)
        expect(mayChangeNumbers(`{${before}"a":${before}${number}${after}}`)).toBe(true)
        expect(mayChangeNumbers(`[${before}${number}${after}]`)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('is accepted by the exact parser if and only if JSON.parse accepts it', () => {
    const broken = fc
      .tuple(
        json,
        space,
        fc.nat(),
        fc.nat(3),
        fc.string({ unit: fc.constantFrom(...Array.from('{}[]:,"\\0-.e+t \u0001x')) }),
      )
      .map(([value, gap, at, length, junk]) => {
        const text = write(value, gap)
        const start = at % (text.length + 1)
        return text.slice(0, start) + junk + text.slice(start + length)
      })
    const accepts = (parse: (text: string) => unknown, text: string): boolean => {
      try {
        parse(text)
        return true
      } catch (cause) {
        expect(cause).toBeInstanceOf(SyntaxError)
        return false
      }
    }
    fc.assert(
      fc.property(broken, (text) => {
        expect(accepts(parseExact, text)).toBe(accepts(JSON.parse, text))
      }),
      { numRuns: 2000 },
    )
  })

  it('is shaped alike whether it was read natively or exactly', () => {
    const plain = json.map((value) => JSON.stringify(JSON.parse(write(value, ''))))
    fc.assert(
      fc.property(plain, shaping, (text, options) => {
        const shape = createShaper(options)
        expect(stringifyJson(shape(parseExact(text)))).toBe(
          stringifyJson(shape(JSON.parse(text) as Json)),
        )
      }),
    )
  })
})

describe('whitelist and blacklist', () => {
  it('whitelist is idempotent', () => {
    fc.assert(
      fc.property(object, paths, (value, list) => {
        const filter = createWhitelist(list)
        const once = filter(value)
        expect(stringifyJson(filter(copy(once)))).toBe(stringifyJson(once))
      }),
    )
  })

  it('are complements: together they are the document, and they share no leaf', () => {
    fc.assert(
      fc.property(object, unrelatedPaths, (value, list) => {
        const kept = createWhitelist(list)(copy(value))
        const others = createBlacklist(list)(copy(value))
        expect(stringifyJson(createWhitelist(list)(copy(others)))).toBe('{}')
        const parts = [others, kept].map((part) => ({ value: { g: part }, group: 'g' }))
        expect(canonical(mergeParts(parts))).toBe(canonical({ g: value }))
      }),
      { numRuns: 500 },
    )
  })
})

describe('shaping', () => {
  it('runs target, then flatmap or else filter and mapping, then group', () => {
    fc.assert(
      fc.property(object, shaping, (value, options) => {
        const { target, flatmap, whitelist, blacklist, mapping, group } = options
        let expected = target.length > 0 ? createTarget(target)(copy(value)) : copy(value)
        if (flatmap.length > 0) expected = createFlatmap(flatmap)(expected)
        else {
          const filter =
            whitelist.length > 0 ? createWhitelist(whitelist) : createBlacklist(blacklist)
          expected = createMapping(mapping)(filter(expected))
        }
        if (group !== '') expected = createGroup(group)(expected)
        const shape = createShaper({ ...options, isCollection: false })
        expect(stringifyJson(shape(copy(value)))).toBe(stringifyJson(expected))
      }),
    )
  })

  it('makes plain trees: no prototype changes, nothing in two places, no holes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(json, shaping), { maxLength: 3 }), (backends) => {
        const parts = backends.map(([value, options]) => ({
          value: createPartShaper(options)(copy(value)),
          group: options.group,
        }))
        const seen = new Set<unknown>()
        for (const container of containersIn(mergeParts(parts))) {
          expect(seen.has(container)).toBe(false)
          seen.add(container)
          const plain = Array.isArray(container) ? Array.prototype : Object.prototype
          expect(Object.getPrototypeOf(container)).toBe(plain)
          if (Array.isArray(container))
            expect(Object.keys(container)).toHaveLength(container.length)
        }
        expect(Reflect.ownKeys(Object.prototype)).toHaveLength(12)
        expect(Object.keys(Array.prototype)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('never invents a leaf by moving', () => {
    const move = fc.record({ type: fc.constant('move' as const), from: path, to: path })
    const leavesOf = (value: Json): string[] =>
      [...containersIn(value)].flatMap((container) =>
        Object.values(container).flatMap((child) => (isContainer(child) ? [] : [String(child)])),
      )
    fc.assert(
      fc.property(json, fc.array(move), (value, moves) => {
        const before = leavesOf(value)
        const after = leavesOf(createFlatmap(moves)(copy(value)))
        expect(after.filter((leaf) => !before.includes(leaf))).toEqual([])
        expect(after.length).toBeLessThanOrEqual(before.length)
      }),
    )
  })
})

describe('merge', () => {
  const one = (value: Json) => ({ value: { g: copy(value) }, group: 'g' })
  const both = (a: Json, b: Json): Json => mergeParts([one(a), one(b)])['g'] ?? null

  /** The same document with some members left out and other leaves: objects stay objects. */
  const variant = (value: Json, choices: Iterator<number>): Json => {
    if (!isObject(value)) return choices.next().value as number
    const members = Object.entries(value).filter(() => (choices.next().value as number) % 3 > 0)
    return toObject(members.map(([name, item]) => [name, variant(item, choices)] as const))
  }

  it('of groups is associative where no object meets a leaf', () => {
    fc.assert(
      fc.property(object, fc.infiniteStream(fc.nat(9)), (value, choices) => {
        const a = variant(value, choices)
        const b = variant(value, choices)
        const c = variant(value, choices)
        expect(canonical(both(both(a, b), c))).toBe(canonical(both(a, both(b, c))))
      }),
    )
  })

  it('of parts without groups is associative', () => {
    const flat = (...values: Json[]): Json =>
      mergeParts(values.map((value) => ({ value: copy(value), group: '' })))
    fc.assert(
      fc.property(json, json, json, (a, b, c) => {
        expect(canonical(flat(flat(a, b), c))).toBe(canonical(flat(a, flat(b, c))))
      }),
    )
  })

  it('takes every leaf from the last part that has it', () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        expect(canonical(both(both(a, b), b))).toBe(canonical(both(a, b)))
        const keys = new Set([...Object.keys(a), ...Object.keys(b)])
        expect(new Set(Object.keys(both(a, b) as JsonObject))).toEqual(keys)
      }),
    )
  })
})
