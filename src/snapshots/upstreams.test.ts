import { describe, expect, test } from 'vitest'
import { BY, createIsolate, done, group, SYSTEM } from '../../test/support/archive.ts'
import { showUpstream } from '../admin/operations/upstream-view.ts'
import { omit } from '../lib/omit.ts'
import { reportIsolate } from './drain.ts'

const put = (url: string, more: object = {}) => ({
  name: 'spider',
  document: { targets: [{ url }] },
  owner: 'stack',
  ...more,
})
const calling = group('/x').replace('http://backend.test', 'spider')

describe('a registered upstream', () => {
  test('is what a host of its name means from then on', async () => {
    const { snapshots } = await createIsolate()
    done(await snapshots.publish({ put: { 'apis/x.yaml': calling } }, BY))
    const hosts = async () => (await snapshots.plan()).routes.at(-1)?.backends[0].hosts
    expect(await hosts()).toMatchObject([{ target: { origin: 'http://spider' } }])
    const snapshot = done(await snapshots.putUpstream(put('http://10.0.0.1:1024'), BY))
    expect(snapshot.changed).toEqual(['upstreams'])
    expect(await hosts()).toMatchObject([{ upstream: 'spider' }])
    const { site, registered } = await snapshots.plan()
    expect(site.upstreams['spider']).toMatchObject({
      targets: [{ origin: 'http://10.0.0.1:1024' }],
    })
    expect(registered).toEqual({
      spider: { owner: 'stack', shadowsFile: false, isDraining: false },
    })
  })

  test('wins over one of the same name in the system file, and the plan says so', async () => {
    const { snapshots } = await createIsolate()
    const system = `${SYSTEM}upstreams: {spider: {targets: [{url: "http://of-file"}]}}\n`
    done(await snapshots.publish({ put: { 'gateway.yaml': system, 'apis/x.yaml': calling } }, BY))
    done(await snapshots.putUpstream(put('http://of-registry'), BY))
    const { site, registered } = await snapshots.plan()
    expect(site.upstreams['spider']?.targets).toMatchObject([{ origin: 'http://of-registry' }])
    expect(registered?.['spider']?.shadowsFile).toBe(true)
    // The file's own is used again, so no route loses it.
    done(await snapshots.removeUpstream({ name: 'spider', owner: 'stack' }, BY))
    expect((await snapshots.plan()).site.upstreams['spider']?.targets).toMatchObject([
      { origin: 'http://of-file' },
    ])
  })

  test('is compared by its own revision', async () => {
    const { snapshots } = await createIsolate()
    const first = done(await snapshots.putUpstream(put('http://a', { ifRevision: 0 }), BY))
    done(await snapshots.putUpstream({ ...put('http://b'), name: 'other', ifRevision: 0 }, BY))
    done(await snapshots.publish({ put: { 'apis/x.yaml': group('/x') } }, BY))
    for (const ifRevision of [0, first.number + 1]) {
      expect(await snapshots.putUpstream(put('http://c', { ifRevision }), BY)).toEqual({
        kind: 'stale',
        what: 'spider',
      })
    }
    const changed = done(
      await snapshots.putUpstream(put('http://c', { ifRevision: first.number }), BY),
    )
    expect(await snapshots.upstreams()).toMatchObject([
      { name: 'other', revision: 3 },
      { name: 'spider', revision: changed.number },
    ])
  })

  test('belongs to its owner', async () => {
    const { snapshots } = await createIsolate()
    done(await snapshots.putUpstream(put('http://a'), BY))
    const owned = { kind: 'owned', owner: 'stack' }
    const stranger = { name: 'spider', owner: 'bob' }
    expect(await snapshots.putUpstream(put('http://b', { owner: 'bob' }), BY)).toEqual(owned)
    expect(await snapshots.drainUpstream(stranger, BY)).toEqual(owned)
    expect(await snapshots.removeUpstream(stranger, BY)).toEqual(owned)
    done(await snapshots.putUpstream(put('http://b', { owner: 'bob', force: true }), BY))
    expect(await snapshots.upstreams()).toMatchObject([{ owner: 'bob' }])
  })

  test('that a route calls is removed by force alone', async () => {
    const { snapshots } = await createIsolate()
    done(await snapshots.publish({ put: { 'apis/x.yaml': calling } }, BY))
    done(await snapshots.putUpstream(put('http://a'), BY))
    const target = { name: 'spider', owner: 'stack' }
    const routes = [{ method: 'GET', path: '/x', name: 'x', file: 'apis/x.yaml' }]
    expect(await snapshots.removeUpstream(target, BY)).toEqual({ kind: 'needed', routes })
    done(await snapshots.removeUpstream({ ...target, force: true }, BY))
    expect(await snapshots.removeUpstream(target, BY)).toEqual({ kind: 'missing', what: 'spider' })
  })

  describe('that is closed', () => {
    const target = { name: 'spider', owner: 'stack', closed: true }
    const closing = async (system: string) => {
      const { snapshots } = await createIsolate()
      done(await snapshots.publish({ put: { 'gateway.yaml': system, 'apis/x.yaml': calling } }, BY))
      const document = { targets: [{ url: 'http://of-registry' }], headers: { 'X-Key': 'MARKER' } }
      done(await snapshots.putUpstream(put('', { document }), BY))
      done(await snapshots.removeUpstream(target, BY))
      return snapshots
    }
    const ofFile = `${SYSTEM}upstreams: {spider: {targets: [{url: "http://of-file"}]}}\n`

    test.each([
      ['is kept for the routes that call it, by its name alone', SYSTEM],
      ['keeps the one of the system file from coming back', ofFile],
    ])('%s', async (_, system) => {
      const snapshots = await closing(system)
      expect(await snapshots.upstreams()).toEqual([])
      expect(await snapshots.drainStatus('spider')).toBeUndefined()
      const plan = await snapshots.plan()
      expect(plan.registered).toMatchObject({ spider: { isClosed: true, isDraining: false } })
      expect(plan.routes.at(-1)?.backends[0].hosts).toMatchObject([{ upstream: 'spider' }])
      expect(JSON.stringify(plan)).not.toMatch(/of-registry|MARKER/)
      expect(await snapshots.removeUpstream(target, BY)).toEqual({
        kind: 'missing',
        what: 'spider',
      })
    })

    test('is nobody’s: whoever registers it next opens it', async () => {
      const snapshots = await closing(SYSTEM)
      done(await snapshots.putUpstream(put('http://b', { owner: 'bob', ifRevision: 0 }), BY))
      expect((await snapshots.plan()).registered?.['spider']).toEqual({
        owner: 'bob',
        shadowsFile: false,
        isDraining: false,
      })
    })

    test('is what the system file says once another one is published', async () => {
      const snapshots = await closing(SYSTEM)
      done(await snapshots.publish({ put: { 'apis/y.yaml': group('/y') } }, BY))
      expect((await snapshots.plan()).registered).toHaveProperty('spider')
      done(await snapshots.publish({ put: { 'gateway.yaml': ofFile } }, BY))
      expect((await snapshots.plan()).registered).toEqual({})
    })

    test('leaves nothing where no route calls it', async () => {
      const { snapshots } = await createIsolate()
      done(await snapshots.putUpstream(put('http://a'), BY))
      done(await snapshots.removeUpstream(target, BY))
      expect((await snapshots.plan()).registered).toEqual({})
    })
  })

  test.each([
    ['has no targets', { targets: [] }],
    ['is no map', 'http://a'],
    ['has an unknown key', { targets: [{ url: 'http://a' }], target: [] }],
    [
      'holds a secret in a header of its own',
      { targets: [{ url: 'http://a' }], headers: { 'X-Api-Key': 'MARKER-secret' } },
    ],
    [
      'holds one as the default of a reference',
      { targets: [{ url: 'http://a' }], headers: { 'X-Api-Key': '${KEY:-MARKER-secret}' } },
    ],
    [
      'gives back credentials that are not kept',
      { targets: [{ url: 'http://a' }], auth: { bearer: '***' } },
    ],
    ['has an address that is none', { targets: [{ url: 'ftp://a' }] }],
    ['needs a value that is not there', { targets: [{ url: '${NOWHERE}' }] }],
  ])('that %s is refused', async (_, document) => {
    const { snapshots } = await createIsolate()
    const refused = await snapshots.putUpstream({ ...put(''), document }, BY)
    expect(refused).toMatchObject({
      kind: 'invalid',
      diagnostics: [{ file: 'upstreams/spider', severity: 'error' }],
    })
    expect(JSON.stringify(refused)).not.toContain('MARKER')
    expect(await snapshots.upstreams()).toEqual([])
  })

  test('under a name that is none is refused', async () => {
    const { snapshots } = await createIsolate()
    for (const name of ['', 'a b', '__proto__', '../x']) {
      expect(await snapshots.putUpstream({ ...put('http://a'), name }, BY)).toMatchObject({
        kind: 'invalid',
      })
    }
  })

  test('keeps credentials as references, and gives its document back as it takes it', async () => {
    const { snapshots } = await createIsolate({
      secret: (name) => (name === 'TOKEN' ? 'MARKER-value' : undefined),
    })
    const document = { targets: [{ url: 'http://a' }], auth: { bearer: '${TOKEN}' } }
    done(await snapshots.putUpstream({ ...put(''), document }, BY))
    const [upstream] = await snapshots.upstreams()
    expect(upstream?.document.auth).toEqual({ kind: 'bearer', token: '${TOKEN}' })
    const again = { ...put(''), document: upstream?.document, ifRevision: upstream?.revision ?? 0 }
    expect(await snapshots.putUpstream(again, BY)).toMatchObject({ kind: 'unchanged' })
  })

  test.each([
    { basic: { username: 'ada', password: 'MARKER' } },
    { bearer: 'MARKER' },
    { bearer: '${TOKEN:-MARKER}' },
    { header: { name: 'X-Key', value: 'MARKER' } },
  ])(
    'takes credentials as they are, shows none, and keeps them when they are put back: %j',
    async (auth) => {
      const { snapshots } = await createIsolate()
      const document = { targets: [{ url: 'http://a' }], auth }
      const first = done(await snapshots.putUpstream({ ...put(''), document }, BY))
      const shown = async () => {
        const [upstream] = await snapshots.upstreams()
        if (upstream === undefined) throw new Error('it is not there')
        return showUpstream(upstream)
      }
      expect(JSON.stringify(await shown())).not.toContain('MARKER')
      const back = omit(await shown(), 'name', 'owner', 'revision', 'by', 'written')
      const moved = { ...back, targets: [{ url: 'http://b' }] }
      expect(await snapshots.putUpstream({ ...put(''), document: back }, BY)).toMatchObject({
        kind: 'unchanged',
      })
      done(await snapshots.putUpstream({ ...put(''), document: moved }, BY))
      const [kept] = await snapshots.upstreams()
      expect(JSON.stringify(kept?.document.auth)).toContain('MARKER')
      expect(kept?.revision).toBeGreaterThan(first.number)
      const other = { ...moved, auth: { bearer: '***' } }
      const refused = await snapshots.putUpstream({ ...put(''), document: other }, BY)
      expect(refused.kind).toBe('bearer' in auth ? 'unchanged' : 'invalid')
    },
  )

  test('survives a push of documents and a rollback, unless its history is asked for', async () => {
    const { snapshots } = await createIsolate()
    const old = done(await snapshots.putUpstream(put('http://old'), BY))
    done(await snapshots.putUpstream(put('http://new'), BY))
    done(await snapshots.publish({ put: { 'gateway.yaml': SYSTEM }, isComplete: true }, BY))
    const urlOf = async () => (await snapshots.upstreams())[0]?.document.targets[0]?.url
    expect(await urlOf()).toBe('http://new')
    done(await snapshots.rollback({ to: old.hash }, BY))
    expect(await urlOf()).toBe('http://new')
    const { number } = done(await snapshots.rollback({ to: old.hash, withUpstreams: true }, BY))
    expect(await snapshots.upstreams()).toMatchObject([
      { revision: number, document: { targets: [{ url: 'http://old' }] } },
    ])
  })
})

describe('who has changed an upstream', () => {
  const EVE = { ...BY, name: 'eve' }
  const secured = (password: string) =>
    put('', {
      document: { targets: [{ url: 'http://a' }], auth: { basic: { username: 'x', password } } },
    })

  async function createSecured() {
    const { snapshots } = await createIsolate()
    const first = done(await snapshots.putUpstream(secured('MARKER'), BY)).number
    const shown = async () => {
      const [upstream] = await snapshots.upstreams()
      return upstream && showUpstream(upstream)
    }
    return { snapshots, first, shown }
  }

  test('is told, and a drain and its end leave the settings to who has written them', async () => {
    const { snapshots, first, shown } = await createSecured()
    const written = { revision: first, by: 'ada' }
    expect(await shown()).toMatchObject({ revision: first, by: 'ada', written })
    const target = { name: 'spider', owner: 'stack' }
    const drained = done(await snapshots.drainUpstream(target, EVE)).number
    expect(await shown()).toMatchObject({ revision: drained, by: 'eve', written })
    const opened = done(await snapshots.putUpstream(secured('***'), BY)).number
    expect(await shown()).toMatchObject({ revision: opened, by: 'ada', written })
  })

  test('is told of credentials, though nobody sees them', async () => {
    const { snapshots, first, shown } = await createSecured()
    const before = await shown()
    const second = done(await snapshots.putUpstream(secured('MARKER-2'), EVE)).number
    const mark = { revision: second, by: 'eve' }
    expect(await shown()).toEqual({ ...before, ...mark, written: mark })
    expect(second).toBeGreaterThan(first)
    expect(JSON.stringify(await shown())).not.toContain('MARKER')
  })

  test('is who brings earlier settings back; the same ones are nobody’s change', async () => {
    const { snapshots, first, shown } = await createSecured()
    const { hash } = (await snapshots.head()).snapshot
    expect(await snapshots.putUpstream(secured('MARKER'), EVE)).toMatchObject({ kind: 'unchanged' })
    expect(await shown()).toMatchObject({ revision: first, by: 'ada' })
    done(await snapshots.putUpstream(secured('MARKER-2'), BY))
    const { number } = done(await snapshots.rollback({ to: hash, withUpstreams: true }, EVE))
    const mark = { revision: number, by: 'eve' }
    expect(await shown()).toMatchObject({ ...mark, written: mark })
  })
})

describe('draining', () => {
  const target = { name: 'spider', owner: 'stack' }

  async function createDraining() {
    let now = 1_000_000
    const isolate = await createIsolate({ now: () => now })
    done(await isolate.snapshots.putUpstream(put('http://a'), BY))
    const served = (await isolate.snapshots.head()).snapshot.number
    const report = (id: string, number: number, inFlight = 0) =>
      reportIsolate(isolate.archive.store, id, { at: now, number, inFlight: { spider: inFlight } })
    return {
      ...isolate,
      served,
      report,
      pass: (ms: number) => void (now += ms),
      drain: async () => done(await isolate.snapshots.drainUpstream(target, BY)).number,
      status: () => isolate.snapshots.drainStatus('spider'),
    }
  }

  test('ends when all isolates know of it and have nothing in flight', async () => {
    const { served, report, drain, status, snapshots } = await createDraining()
    expect(await status()).toMatchObject({ state: 'open' })
    await report('one', served, 2)
    await report('other', served)
    const number = await drain()
    expect((await snapshots.plan()).registered?.['spider']?.isDraining).toBe(true)
    expect(await status()).toEqual({ state: 'draining', inFlight: 2, unconfirmed: 2 })
    await report('other', number)
    await report('one', number, 1)
    expect(await status()).toEqual({ state: 'draining', inFlight: 1, unconfirmed: 0 })
    await report('one', number)
    expect(await status()).toEqual({ state: 'drained', inFlight: 0, unconfirmed: 0 })
  })

  test('does not wait for an isolate that was not seen for 30 s', async () => {
    const { served, report, drain, status, pass } = await createDraining()
    await report('gone', served, 3)
    await drain()
    pass(29_000)
    expect(await status()).toMatchObject({ state: 'draining' })
    pass(1000)
    expect(await status()).toMatchObject({ state: 'drained' })
  })

  test('ends after its time, whatever is in flight', async () => {
    const { report, drain, status, pass } = await createDraining()
    const number = await drain()
    for (let i = 0; i < 6; i++) {
      await report('busy', number, 1)
      expect(await status()).toMatchObject({ state: 'draining' })
      pass(10_000)
    }
    expect(await status()).toMatchObject({ state: 'drained', inFlight: 1 })
  })

  test('begins once, and ends with the next put', async () => {
    const { drain, snapshots, pass, status } = await createDraining()
    await drain()
    const [before] = await snapshots.upstreams()
    pass(1000)
    expect(await snapshots.drainUpstream(target, BY)).toMatchObject({ kind: 'unchanged' })
    expect(await snapshots.upstreams()).toEqual([before])
    done(await snapshots.putUpstream(put('http://a'), BY))
    expect(await status()).toMatchObject({ state: 'open' })
  })

  test('is for upstreams of the registry', async () => {
    const { snapshots } = await createIsolate()
    expect(await snapshots.drainUpstream(target, BY)).toEqual({ kind: 'missing', what: 'spider' })
    expect(await snapshots.drainStatus('spider')).toBeUndefined()
  })
})
