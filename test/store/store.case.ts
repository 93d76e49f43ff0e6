import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Store, StoreChange, StoreEntry } from '../../src/ports.ts'
import { createMemoryStore } from '../support/memory-store.ts'

/** Makes empty stores of one kind. */
export type OpenStore = () => Promise<Store> | Store

/** What every implementation of the Store port must show. `runs` bounds the property test. */
export function storeContract(open: OpenStore, runs = 40): void {
  const put = (entries: Readonly<Record<string, string>>): StoreChange => ({
    expect: {},
    put: entries,
  })
  const done = { kind: 'done', revision: expect.any(Number) }
  const revisionOf = async (store: Store, key: string) => (await store.get([key]))[0]?.revision ?? 0
  const keysOf = (entries: readonly StoreEntry[]) => entries.map(({ key }) => key)

  test('what was put is read, with the revision that the commit told', async () => {
    const store = await open()
    const outcome = await store.commit(put({ '/a': 'one', '/b': '' }))
    expect(outcome).toEqual(done)
    const revision = 'revision' in outcome ? outcome.revision : 0
    expect(await store.get(['/b', '/none', '/a'])).toEqual([
      { key: '/b', value: '', revision },
      { key: '/a', value: 'one', revision },
    ])
  })

  describe('a commit', () => {
    test('applies when every expectation holds, and not at all when one does not', async () => {
      const store = await open()
      await store.commit(put({ '/a': '1', '/b': '1' }))
      const [a, b] = [await revisionOf(store, '/a'), await revisionOf(store, '/b')]
      expect(await store.commit({ expect: { '/a': a }, put: { '/a': '2', '/c': '2' } })).toEqual(
        done,
      )
      const late = { expect: { '/b': b, '/a': a }, put: { '/b': '3' }, remove: ['/c'] }
      expect(await store.commit(late)).toEqual({ kind: 'conflict', key: '/a' })
      expect((await store.get(['/a', '/b', '/c'])).map(({ value }) => value)).toEqual([
        '2',
        '1',
        '2',
      ])
    })

    test('can expect a key to be absent', async () => {
      const store = await open()
      const create = { expect: { '/a': 0 }, put: { '/a': 'mine' } }
      expect(await store.commit(create)).toEqual(done)
      expect(await store.commit(create)).toEqual({ kind: 'conflict', key: '/a' })
      await store.commit({ expect: {}, put: {}, remove: ['/a'] })
      expect(await store.commit(create)).toEqual(done)
    })

    test('gives a key that was removed and put again a new revision', async () => {
      const store = await open()
      await store.commit(put({ '/a': '1' }))
      const first = await revisionOf(store, '/a')
      await store.commit({ expect: {}, put: {}, remove: ['/a'] })
      await store.commit(put({ '/a': '1' }))
      expect(await revisionOf(store, '/a')).toBeGreaterThan(first)
    })

    test('can expect without changing anything', async () => {
      const store = await open()
      await store.commit(put({ '/a': '1' }))
      const a = await revisionOf(store, '/a')
      expect(await store.commit({ expect: { '/a': a }, put: {} })).toEqual(done)
      expect(await store.commit({ expect: { '/a': a + 1 }, put: {} })).toMatchObject({
        kind: 'conflict',
      })
      expect(await store.commit({ expect: {}, put: {}, remove: ['/none'] })).toEqual(done)
    })

    test('of two writers that saw the same, one wins', async () => {
      const store = await open()
      await store.commit(put({ '/head': '0' }))
      const seen = await revisionOf(store, '/head')
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          store.commit({ expect: { '/head': seen }, put: { '/head': `${i}`, [`/won-${i}`]: '' } }),
        ),
      )
      const winners = outcomes.flatMap(({ kind }, i) => (kind === 'done' ? [i] : []))
      expect(winners).toHaveLength(1)
      expect((await store.get(['/head']))[0]?.value).toBe(`${winners[0]}`)
      expect(keysOf(await store.list({ prefix: '/won-', limit: 10 }))).toEqual([
        `/won-${winners[0]}`,
      ])
    })

    test('takes 128 operations and a value of 1 MiB, whatever its letters', async () => {
      const store = await open()
      const many = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`/many/${i}`, `${i}`]))
      expect(await store.commit(put(many))).toEqual(done)
      expect(await store.get(Object.keys(many))).toHaveLength(128)
      for (const letter of ['x', '\0', '\u00e9', '\ud83d\ude00']) {
        const value = letter.repeat((1024 * 1024) / Buffer.byteLength(letter))
        expect(await store.commit(put({ '/large': value }))).toEqual(done)
        expect((await store.get(['/large']))[0]?.value === value).toBe(true)
      }
    })
  })

  describe('a list', () => {
    const KEYS = [
      '/p',
      '/p/',
      '/p/a',
      '/p/a/b',
      '/p/\u00e9',
      '/p/\uffee',
      '/p/\ud83d\ude00',
      '/p0',
      '/q',
    ]

    test('holds what begins with the prefix, in the order of UTF-8 bytes, page by page', async () => {
      const store = await open()
      await store.commit(put(Object.fromEntries(KEYS.toReversed().map((key) => [key, `v${key}`]))))
      const all = await store.list({ prefix: '/p/', limit: 100 })
      expect(keysOf(all)).toEqual(KEYS.slice(1, 7))
      expect(all.every(({ key, value }) => value === `v${key}`)).toBe(true)
      const first = await store.list({ prefix: '/p/', limit: 4 })
      const after = first.at(-1)?.key ?? ''
      const rest = await store.list({ prefix: '/p/', limit: 4, after })
      expect([...first, ...rest]).toEqual(all)
      expect(await store.list({ prefix: '/p/', limit: 4, after: KEYS[6] ?? '' })).toEqual([])
      expect(keysOf(await store.list({ prefix: '', limit: 100 }))).toEqual(KEYS)
    })

    test('leaves values out where only keys are asked for', async () => {
      const store = await open()
      await store.commit(put({ '/a': 'long' }))
      const revision = await revisionOf(store, '/a')
      const query = { prefix: '/', limit: 1, keysOnly: true }
      expect(await store.list(query)).toEqual([{ key: '/a', value: '', revision }])
    })
  })

  test('does what the reference does, whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        await compare(operations, await open())
      }),
      { numRuns: runs },
    )
  }, 60_000)
}

const key = fc.constantFrom('/a', '/a/', '/a/b', '/ab', '/\u00e9', '/\ud83d\ude00')
const seen = fc.constantFrom('now', 'before', 'never')
const operation = fc.oneof(
  fc.record({
    kind: fc.constant('commit' as const),
    expect: fc.dictionary(key, seen, { maxKeys: 3, noNullPrototype: true }),
    put: fc.dictionary(key, fc.string({ unit: 'binary', maxLength: 4 }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    remove: fc.uniqueArray(key, { maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('list' as const),
    prefix: fc.constantFrom('', '/', '/a', '/a/', '/\u00e9'),
    after: fc.option(key, { nil: undefined }),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
)

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

/** Revisions differ between stores, so each is told its own; entries are compared by the order of their revisions. */
async function compare(operations: readonly Operation[], store: Store): Promise<void> {
  const model = createMemoryStore()
  const both = [model, store].map((of) => ({ of, before: new Map<string, number>() }))
  for (const operation of operations) {
    const [expected, actual] = await Promise.all(both.map((side) => carryOut(operation, side)))
    expect(actual).toEqual(expected)
  }
  const [expected, actual] = await Promise.all(
    [model, store].map(async (of) => ranked(await of.list({ prefix: '', limit: 100 }))),
  )
  expect(actual).toEqual(expected)
}

interface Side {
  readonly of: Store
  /** Revisions as they were one change ago. */
  readonly before: Map<string, number>
}

async function carryOut(operation: Operation, { of, before }: Side): Promise<unknown> {
  if (operation.kind === 'list') {
    const { prefix, after, limit } = operation
    const isInside = after?.startsWith(prefix) === true
    return ranked(await of.list({ prefix, limit, ...(isInside && { after }) }))
  }
  const now = new Map((await of.list({ prefix: '', limit: 100 })).map((e) => [e.key, e.revision]))
  const revisions = { now, before, never: new Map([...now].map(([key]) => [key, 0])) }
  const expectations = Object.entries(operation.expect).map(
    ([key, when]) => [key, revisions[when].get(key) ?? 0] as const,
  )
  const remove = operation.remove.filter((key) => !Object.hasOwn(operation.put, key))
  const outcome = await of.commit({
    expect: Object.fromEntries(expectations),
    put: operation.put,
    remove,
  })
  before.clear()
  for (const [key, revision] of now) before.set(key, revision)
  return outcome.kind
}

function ranked(entries: readonly StoreEntry[]): unknown {
  const order = [...new Set(entries.map(({ revision }) => revision))].toSorted((a, b) => a - b)
  return entries.map((entry) => ({ ...entry, revision: order.indexOf(entry.revision) }))
}
