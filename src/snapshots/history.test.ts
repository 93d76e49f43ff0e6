import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../test/support/memory-store.ts'
import type { Store } from '../ports.ts'
import {
  BY,
  createIsolate,
  done,
  group,
  type Isolate,
  SEED,
  SYSTEM,
} from '../../test/support/archive.ts'
import type { Changed, Snapshot } from './types.ts'

const file = (name: string, ...paths: readonly string[]) => ({
  put: { [`apis/${name}.yaml`]: group(...paths) },
})

async function historyOf({ snapshots }: Isolate): Promise<readonly Snapshot[]> {
  const items: Snapshot[] = []
  let cursor: string | undefined
  do {
    const page = await snapshots.list({ limit: 7, ...(cursor !== undefined && { cursor }) })
    items.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return items
}

/** The head is the newest, numbers have no gap, and each snapshot names the one before it. */
async function expectLinear(isolate: Isolate): Promise<readonly Snapshot[]> {
  const history = await historyOf(isolate)
  expect(history[0]).toEqual((await isolate.snapshots.head()).snapshot)
  for (const [index, snapshot] of history.entries()) {
    const before = history[index + 1]
    expect(snapshot.number).toBe(history.length - index)
    expect(snapshot.parent).toBe(before?.hash)
  }
  return history
}

describe('the history', () => {
  test('tells documents and upstreams apart', async () => {
    const { snapshots } = await createIsolate()
    done(await snapshots.publish(file('a', '/a'), BY))
    done(
      await snapshots.putUpstream(
        { name: 'u', owner: 'o', document: { targets: [{ url: 'http://u' }] } },
        BY,
      ),
    )
    const numbers = async (of: 'documents' | 'upstreams') =>
      (await snapshots.list({ limit: 9, of })).items.map(({ number }) => number)
    expect(await numbers('documents')).toEqual([2, 1])
    expect(await numbers('upstreams')).toEqual([3])
  })

  test('names equal documents equally, whenever they were published', async () => {
    const { snapshots } = await createIsolate()
    const first = done(await snapshots.publish(file('a', '/a'), BY))
    const second = done(await snapshots.publish(file('a', '/b'), BY))
    const third = done(await snapshots.rollback({ to: first.hash }, BY))
    expect([third.documents, third.hash === first.hash]).toEqual([first.documents, false])
    expect(second.documents).not.toBe(first.documents)
    expect((await snapshots.readFile('apis/a.yaml'))?.revision).toBe(third.number)
  })

  test('shows what lies between two snapshots', async () => {
    const { snapshots } = await createIsolate()
    const from = done(await snapshots.publish(file('a', '/a'), BY))
    done(
      await snapshots.publish(
        { put: { 'apis/b.yaml': group('/b') }, remove: ['apis/seed.yaml'] },
        BY,
      ),
    )
    const to = done(
      await snapshots.putUpstream(
        { name: 'u', owner: 'o', document: { targets: [{ url: 'http://u' }] } },
        BY,
      ),
    )
    expect(await snapshots.diff(from.hash, to.hash)).toEqual({
      files: [
        { name: 'apis/b.yaml', before: undefined, after: group('/b') },
        { name: 'apis/seed.yaml', before: SEED['apis/seed.yaml'], after: undefined },
      ],
      upstreams: [{ name: 'u', before: undefined, after: expect.objectContaining({ owner: 'o' }) }],
    })
    expect(await snapshots.diff(from.hash, 'x')).toBeUndefined()
  })

  test('refuses to return to what is not there, or from a head that has moved', async () => {
    const { snapshots } = await createIsolate()
    const first = done(await snapshots.publish(file('a', '/a'), BY))
    done(await snapshots.publish(file('a', '/b'), BY))
    expect(await snapshots.rollback({ to: 'x' }, BY)).toEqual({ kind: 'missing', what: 'x' })
    expect(await snapshots.rollback({ to: first.hash, ifHead: first.hash }, BY)).toEqual({
      kind: 'stale',
      what: 'head',
    })
  })
})

describe('retention', () => {
  test('keeps so many snapshots, and pinned ones with all they need', async () => {
    const isolate = await createIsolate({ retain: 3 })
    const { snapshots, archive } = isolate
    const pinned = done(await snapshots.publish(file('a', '/pinned'), BY))
    await snapshots.pin(pinned.hash, true, BY)
    for (let i = 0; i < 6; i++) done(await snapshots.publish(file('a', `/a${i}`), BY))
    expect((await historyOf(isolate)).map(({ number, isPinned }) => [number, isPinned])).toEqual([
      [8, false],
      [7, false],
      [6, false],
      [2, true],
    ])
    const bytes = async () => (await archive.store.list({ prefix: '/blobs/', limit: 1000 })).length
    const full = await bytes()
    for (let i = 0; i < 6; i++) done(await snapshots.publish(file('a', `/again${i}`), BY))
    expect(await bytes()).toBe(full)
    done(await snapshots.rollback({ to: pinned.hash }, BY))
    expect((await snapshots.readFile('apis/a.yaml'))?.text).toBe(group('/pinned'))
    await snapshots.pin(pinned.hash, false, BY)
    for (let i = 0; i < 3; i++) done(await snapshots.publish(file('a', `/last${i}`), BY))
    expect(await historyOf(isolate)).toHaveLength(3)
    expect(await snapshots.find(pinned.hash)).toBeUndefined()
  })

  test('keeps a store of bounded size through many publishes', async () => {
    const isolate = await createIsolate({ retain: 20 })
    for (let i = 0; i < 150; i++)
      done(await isolate.snapshots.publish(file('a', `/a${i % 40}`, `/b${i}`), BY))
    const history = await historyOf(isolate)
    expect(history[0]?.number).toBe(151)
    expect(history.length).toBeLessThanOrEqual(22)
    const keys = await isolate.archive.store.list({
      prefix: '/blobs/',
      limit: 1000,
      keysOnly: true,
    })
    expect(keys.length).toBeLessThan(300)
  })
})

describe('the texts that cb-store shows', () => {
  test('are those of the head', async () => {
    const { snapshots, archive } = await createIsolate()
    done(await snapshots.publish(file('a', '/a'), BY))
    const shown = async () =>
      (await archive.store.list({ prefix: '/conf/', limit: 9 })).map(({ key, value }) => [
        key,
        value,
      ])
    expect(await shown()).toEqual([
      ['/conf/a', group('/a')],
      ['/conf/seed', SEED['apis/seed.yaml']],
    ])
    done(
      await snapshots.publish(
        { put: { 'apis/a.yaml': group('/b') }, remove: ['apis/seed.yaml'] },
        BY,
      ),
    )
    expect(await shown()).toEqual([['/conf/a', group('/b')]])
  })
})

const operation = fc.oneof(
  fc.record({
    kind: fc.constant('publish' as const),
    name: fc.constantFrom('a', 'b', 'c'),
    path: fc.constantFrom('/a', '/b', '/c', '/d'),
  }),
  fc.record({ kind: fc.constant('remove' as const), name: fc.constantFrom('a', 'b', 'c') }),
  fc.record({
    kind: fc.constant('rollback' as const),
    back: fc.nat(5),
    withUpstreams: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('upstream' as const),
    name: fc.constantFrom('u', 'v'),
    port: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('drop' as const), name: fc.constantFrom('u', 'v') }),
)

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

async function carryOut(operation: Operation, { snapshots }: Isolate): Promise<Changed> {
  switch (operation.kind) {
    case 'publish':
      return snapshots.publish(file(operation.name, operation.path), BY)
    case 'remove':
      return snapshots.publish({ put: {}, remove: [`apis/${operation.name}.yaml`] }, BY)
    case 'rollback': {
      const { items } = await snapshots.list({ limit: 6 })
      const to = items[Math.min(operation.back, items.length - 1)]?.hash ?? ''
      return snapshots.rollback({ to, withUpstreams: operation.withUpstreams }, BY)
    }
    case 'upstream': {
      const document = { targets: [{ url: `http://u:${operation.port}` }] }
      return snapshots.putUpstream({ name: operation.name, owner: 'o', document }, BY)
    }
    case 'drop':
      return snapshots.removeUpstream({ name: operation.name, owner: 'o', force: true }, BY)
  }
}

describe('whatever several isolates do at the same time', () => {
  test('the history stays linear, holds each change once, and every plan is that of its documents', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (rounds) => {
          const one = await createIsolate()
          const other = await createIsolate({ store: one.archive.store })
          const made: string[] = []
          for (const round of rounds) {
            const outcomes = await Promise.all(
              round.map((step, index) => carryOut(step, index % 2 === 0 ? one : other)),
            )
            made.push(...outcomes.flatMap((o) => (o.kind === 'done' ? [o.snapshot.hash] : [])))
            expect(outcomes.map(({ kind }) => kind)).not.toContain('busy')
          }
          const history = await expectLinear(one)
          const hashes = history.map(({ hash }) => hash)
          expect(hashes.filter((hash) => made.includes(hash)).toSorted()).toEqual(made.toSorted())
          await expectPlanOfTexts(one)
        },
      ),
      { numRuns: 25 },
    )
  }, 120_000)

  test('writers of different files and upstreams never fail each other', async () => {
    const first = await createIsolate()
    const isolates = await Promise.all(
      Array.from({ length: 4 }, () => createIsolate({ store: first.archive.store })),
    )
    const outcomes = await Promise.all(
      isolates.flatMap(({ snapshots }, i) => [
        snapshots.publish(
          { ...file(`f${i}`, `/f${i}`), ifRevisions: { [`apis/f${i}.yaml`]: 0 } },
          BY,
        ),
        snapshots.putUpstream(
          {
            name: `u${i}`,
            owner: 'o',
            ifRevision: 0,
            document: { targets: [{ url: 'http://u' }] },
          },
          BY,
        ),
      ]),
    )
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'done'))
    expect(await expectLinear(first)).toHaveLength(9)
    expect((await first.snapshots.plan()).routes).toHaveLength(5)
    expect(await first.snapshots.upstreams()).toHaveLength(4)
  })

  test('of two that saw the same file, one wins and the other is told', async () => {
    const one = await createIsolate()
    const other = await createIsolate({ store: one.archive.store })
    const ifRevisions = { 'apis/seed.yaml': 1 }
    const outcomes = await Promise.all(
      [one, other].map(({ snapshots }, i) =>
        snapshots.publish({ ...file('seed', `/w${i}`), ifRevisions }, BY),
      ),
    )
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['done', 'stale'])
  })

  test('two files that contradict each other are not both published', async () => {
    const one = await createIsolate()
    const other = await createIsolate({ store: one.archive.store })
    const outcomes = await Promise.all(
      [one, other].map(({ snapshots }, i) => snapshots.publish(file(`f${i}`, '/same'), BY)),
    )
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['done', 'invalid'])
  })
})

/** Compiled anew from its texts, the head gives the same plan. */
async function expectPlanOfTexts({ snapshots }: Isolate): Promise<void> {
  const files = (await snapshots.files()) ?? []
  const texts = await Promise.all(
    files.map(async ({ name }) => [name, (await snapshots.readFile(name))?.text ?? ''] as const),
  )
  const fresh = await createIsolate({ seed: { 'gateway.yaml': SYSTEM } })
  for (const upstream of await snapshots.upstreams()) {
    const { name, owner, document } = upstream
    await fresh.snapshots.putUpstream({ name, owner, document }, BY)
  }
  await fresh.snapshots.publish({ put: Object.fromEntries(texts), isComplete: true }, BY)
  const [plan, expected] = await Promise.all([snapshots.plan(), fresh.snapshots.plan()])
  expect({ ...plan, version: '' }).toEqual({ ...expected, version: '' })
}

/** A store whose host dies before its nth commit, or after it and before the answer. */
function dying(store: Store, nth: number, when: 'before' | 'after'): Store {
  let commits = 0
  return {
    ...store,
    commit: async (change) => {
      commits++
      if (commits > nth) throw new Error('dead')
      if (commits < nth) return store.commit(change)
      if (when === 'after') await store.commit(change)
      throw new Error('dead')
    },
    get: async (keys) => {
      if (commits >= nth) throw new Error('dead')
      return store.get(keys)
    },
  }
}

describe('a host that dies at any step of a publish', () => {
  test('leaves the old head or the new one, whole, and the next change works', async () => {
    let died = 0
    for (const when of ['before', 'after'] as const) {
      for (let nth = 1; nth < 12; nth++) {
        const store = createMemoryStore()
        const survivor = await createIsolate({ store, retain: 2 })
        done(await survivor.snapshots.publish(file('a', '/old'), BY))
        const victim = await createIsolate({
          store: dying(store, nth, when),
          retain: 2,
          report: () => {},
        })
        const put = { ...file('a', '/new').put, ...file('b', '/b').put }
        const outcome = await victim.snapshots.publish({ put }, BY).catch(() => 'died')
        if (outcome === 'died') died++
        const { snapshot } = await survivor.snapshots.head()
        const routes = (await survivor.snapshots.plan()).routes.map(({ path }) => path)
        expect(routes).toEqual(snapshot.number === 2 ? ['/old', '/seed'] : ['/new', '/b', '/seed'])
        done(await survivor.snapshots.publish(file('c', '/next'), BY))
        const history = await historyOf(survivor)
        expect(history.map(({ number }) => number)).toEqual([snapshot.number + 1, snapshot.number])
      }
    }
    expect(died).toBeGreaterThan(2)
  })
})
