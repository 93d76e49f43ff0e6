import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../test/support/memory-store.ts'
import { BY, createIsolate, done, group, SEED, SYSTEM } from '../../test/support/archive.ts'
import type { Store } from '../ports.ts'
import { portsWith } from '../ports/ports.fixture.ts'
import { createSnapshots } from '../snapshots/snapshots.ts'
import { createInFlight } from '../upstream/in-flight.ts'
import { createLive } from './live.ts'
import { createStorage } from './storage.ts'

/** A store that can be switched off, or made to hang. */
function switchable(store: Store) {
  const state = { is: 'up' as 'up' | 'down' | 'hanging', reads: 0 }
  const pass = async <T>(work: () => Promise<T>): Promise<T> => {
    if (state.is === 'hanging') return new Promise<T>(() => {})
    if (state.is === 'down') throw new Error('down')
    return work()
  }
  const switched: Store = {
    get: (keys) => {
      state.reads++
      return pass(() => store.get(keys))
    },
    list: (query) => pass(() => store.list(query)),
    commit: (change) => pass(() => store.commit(change)),
  }
  return { state, store: switched }
}

/** An isolate as worker.ts makes one, on stores that outlive it. */
async function startIsolate(stores: { readonly store: Store; readonly replica: Store }) {
  const clock = { now: 1_000_000 }
  const now = () => clock.now
  const lines: string[] = []
  const inFlight = createInFlight(now)
  const ports = portsWith({ now, fetch: async () => new Response('{}') })
  const live = createLive({ ports, addressSource: 'socket', metricsToken: undefined, inFlight })
  const { archive } = await createIsolate()
  live.swap(archive.bundled())
  const storage = createStorage({
    ...stores,
    live,
    inFlight,
    now,
    write: (line) => void lines.push(line),
    bundle: { files: SEED, allowMissing: false, plan: archive.bundled },
  })
  const work: Promise<unknown>[] = []
  const context = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) }
  return {
    clock,
    lines,
    snapshots: createSnapshots(storage.archive),
    /** What a request waits for; the clock of the isolate passes with real time meanwhile. */
    request: async () => {
      const waiting = storage.beforeRequest(context as unknown as ExecutionContext)
      const start = Date.now()
      const ticking = setInterval(() => (clock.now += 5), 5)
      await waiting
      clearInterval(ticking)
      return { waited: waiting !== undefined, ms: Date.now() - start }
    },
    settle: () => Promise.all(work.splice(0)),
    paths: () => live.plan()?.routes.map(({ path }) => path),
    version: () => live.plan()?.version,
  }
}

const startBoth = async () => {
  const { state, store } = switchable(createMemoryStore())
  const stores = { store, replica: createMemoryStore() }
  return { state, stores, start: () => startIsolate(stores) }
}

const x = { put: { 'apis/x.yaml': group('/x') } }

describe('an isolate', () => {
  test('waits for the first check, and then asks no more for 5 s', async () => {
    const { state, start } = await startBoth()
    const [one, other] = [await start(), await start()]
    expect((await one.request()).waited).toBe(true)
    done(await other.snapshots.publish(x, BY))
    const reads = state.reads
    one.clock.now += 4900
    expect((await one.request()).waited).toBe(false)
    expect([state.reads, one.paths()]).toEqual([reads, ['/seed']])
    one.clock.now += 200
    await one.request()
    expect(one.paths()).toEqual(['/seed', '/x'])
  })

  test('that publishes has switched when the publisher gets the answer', async () => {
    const { start } = await startBoth()
    const isolate = await start()
    const { hash } = done(await isolate.snapshots.publish(x, BY))
    expect([isolate.version(), isolate.paths()]).toEqual([hash, ['/seed', '/x']])
  })

  test('checks as often as its plan says', async () => {
    const { start } = await startBoth()
    const [one, other] = [await start(), await start()]
    const put = { 'gateway.yaml': `${SYSTEM}snapshots: {check: 1s}\n` }
    done(await one.snapshots.publish({ put }, BY))
    done(await other.snapshots.publish(x, BY))
    one.clock.now += 1100
    await one.request()
    expect(one.paths()).toEqual(['/seed', '/x'])
  })

  test('checks again when its clock was set back', async () => {
    const { start } = await startBoth()
    const isolate = await start()
    await isolate.request()
    isolate.clock.now -= 1
    expect((await isolate.request()).waited).toBe(true)
  })

  test('waits no longer than 100 ms for a store that hangs, once in 5 s', async () => {
    const { state, start } = await startBoth()
    const isolate = await start()
    await isolate.request()
    state.is = 'hanging'
    isolate.clock.now += 6000
    const { waited, ms } = await isolate.request()
    expect([waited, ms >= 80, ms < 1500]).toEqual([true, true, true])
    // Nobody starts another check while one is under way.
    const reads = state.reads
    await isolate.request()
    expect(state.reads).toBe(reads)
  })

  test('goes on with its plan while the store is down, and says so', async () => {
    const { state, start } = await startBoth()
    const isolate = await start()
    done(await isolate.snapshots.publish(x, BY))
    state.is = 'down'
    isolate.clock.now += 6000
    await isolate.request()
    expect(isolate.paths()).toEqual(['/seed', '/x'])
    expect(isolate.lines.join()).toContain('the store can not be read: Error: down')
    expect((await isolate.request()).waited).toBe(false)
  })

  test('that starts while the store is down serves what was published last', async () => {
    const { state, start } = await startBoth()
    const publisher = await start()
    const { hash } = done(await publisher.snapshots.publish(x, BY))
    state.is = 'down'
    const late = await start()
    await late.request()
    expect([late.version(), late.paths()]).toEqual([hash, ['/seed', '/x']])
    state.is = 'up'
    const next = done(await publisher.snapshots.publish({ put: {}, remove: ['apis/x.yaml'] }, BY))
    late.clock.now += 6000
    await late.request()
    expect([late.version(), late.paths()]).toEqual([next.hash, ['/seed']])
  })

  test('that starts while the store and its replica are down serves the bundle', async () => {
    const down = switchable(createMemoryStore())
    down.state.is = 'down'
    const isolate = await startIsolate({ store: down.store, replica: down.store })
    await isolate.request()
    expect(isolate.paths()).toEqual(['/seed'])
    expect(isolate.lines.join()).toContain('no last good plan')
  })

  test('takes nothing that is damaged, and stays on its plan', async () => {
    const { stores, start } = await startBoth()
    const [one, other] = [await start(), await start()]
    await one.request()
    done(await other.snapshots.publish(x, BY))
    const blobs = await stores.store.list({ prefix: '/blobs/', limit: 1000 })
    const put = Object.fromEntries(blobs.map(({ key }) => [key, '{}']))
    await stores.store.commit({ expect: {}, put })
    one.clock.now += 6000
    await one.request()
    expect(one.paths()).toEqual(['/seed'])
    expect(one.lines.join()).toContain('damaged')
  })

  test('compiles again what another version of the code has stored', async () => {
    const { stores, start } = await startBoth()
    const publisher = await start()
    done(await publisher.snapshots.publish(x, BY))
    const plans = await stores.store.list({ prefix: '/plans/', limit: 9 })
    await stores.store.commit({ expect: {}, put: {}, remove: plans.map(({ key }) => key) })
    const other = await start()
    await other.request()
    expect(other.paths()).toEqual(['/seed', '/x'])
    expect(await stores.store.list({ prefix: '/plans/', limit: 9 })).toMatchObject([
      { key: plans[0]?.key },
    ])
  })
})

describe('a replica', () => {
  test('holds the last two plans and no more', async () => {
    const { stores, start } = await startBoth()
    const isolate = await start()
    const sizes: number[] = []
    for (let i = 0; i < 6; i++) {
      done(await isolate.snapshots.publish({ put: { 'apis/x.yaml': group(`/x${i}`) } }, BY))
      sizes.push((await stores.replica.list({ prefix: '/blobs/', limit: 1000 })).length)
    }
    expect(sizes.at(-1)).toBe(sizes[2])
    expect(sizes.at(-1)).toBeLessThan(9)
  })
})
