import { describe, expect, test } from 'vitest'
import { BY, createIsolate, done, group, SEED, SYSTEM } from '../../test/support/archive.ts'

const pathsOf = async ({ snapshots }: Awaited<ReturnType<typeof createIsolate>>) =>
  (await snapshots.plan()).routes.map(({ path }) => path)

describe('before anything was published', () => {
  test('the head is the configuration of the bundle, as number 1', async () => {
    const { snapshots } = await createIsolate()
    const { snapshot, isStored } = await snapshots.head()
    expect([snapshot.number, isStored]).toEqual([1, false])
    expect(await snapshots.list({ limit: 10 })).toEqual({ items: [snapshot] })
    expect(await snapshots.find(snapshot.hash)).toEqual(snapshot)
    expect(await snapshots.files()).toMatchObject([
      { name: 'apis/seed.yaml', revision: 1 },
      { name: 'gateway.yaml' },
    ])
    expect((await snapshots.readFile('apis/seed.yaml', snapshot.hash))?.text).toBe(
      SEED['apis/seed.yaml'],
    )
  })

  test('the bundle is of the time when it came here, then of the first change; its name stays', async () => {
    const [one, other] = [await createIsolate(), await createIsolate({ since: 1_650_000_000_000 })]
    const [mine, theirs] = [await one.snapshots.head(), await other.snapshots.head()]
    expect(mine.snapshot.at).toBe(1_600_000_000_000)
    expect(theirs.snapshot).toEqual({ ...mine.snapshot, at: 1_650_000_000_000 })
    done(await one.snapshots.publish({ put: { 'apis/x.yaml': group('/x') } }, BY))
    expect(await one.snapshots.find(mine.snapshot.hash)).toEqual({
      ...mine.snapshot,
      at: one.archive.now(),
    })
  })

  test('looking changes nothing', async () => {
    const { snapshots, archive } = await createIsolate()
    await snapshots.head()
    await snapshots.preview({ put: { 'apis/x.yaml': group('/x') } })
    expect(await archive.store.list({ prefix: '', limit: 9 })).toEqual([])
  })

  test('a preview tells what is new beside the bundle', async () => {
    const { snapshots } = await createIsolate()
    const previewed = await snapshots.preview({ put: { 'apis/x.yaml': group('/x') } })
    expect(previewed).toMatchObject({
      kind: 'valid',
      consequences: { added: [{ path: '/x' }], removed: [], changed: [] },
    })
  })

  test('the first change keeps the bundle as the snapshot before it', async () => {
    const isolate = await createIsolate()
    const bundle = (await isolate.snapshots.head()).snapshot
    const change = {
      put: { 'apis/x.yaml': group('/x') },
      ifHead: bundle.hash,
      ifRevisions: { 'apis/x.yaml': 0 },
    }
    const snapshot = done(await isolate.snapshots.publish(change, BY))
    expect(snapshot).toMatchObject({
      number: 2,
      parent: bundle.hash,
      author: 'ada',
      message: 'because',
      changed: ['documents'],
    })
    expect(await pathsOf(isolate)).toEqual(['/seed', '/x'])
    done(await isolate.snapshots.rollback({ to: bundle.hash }, BY))
    expect(await pathsOf(isolate)).toEqual(['/seed'])
  })
})

describe('publishing', () => {
  test('keeps the text byte for byte, comments included', async () => {
    const { snapshots } = await createIsolate()
    const text = `# why\r\n${group('/x')}\n\n# end \u00e9\ud83d\ude00 without a newline`
    done(await snapshots.publish({ put: { 'apis/x.yaml': text } }, BY))
    expect((await snapshots.readFile('apis/x.yaml'))?.text === text).toBe(true)
  })

  test('of what is there already changes nothing', async () => {
    const { snapshots } = await createIsolate()
    expect(await snapshots.publish({ put: SEED }, BY)).toMatchObject({
      kind: 'unchanged',
      snapshot: { number: 1 },
    })
    expect(await snapshots.list({ limit: 9 })).toMatchObject({ items: [{ number: 1 }] })
  })

  test('gives a file the number of the snapshot as its revision, and leaves those of others', async () => {
    const { snapshots } = await createIsolate()
    done(await snapshots.publish({ put: { 'apis/a.yaml': group('/a') } }, BY))
    done(
      await snapshots.publish(
        { put: { 'apis/b.yaml': group('/b'), 'apis/a.yaml': group('/a') } },
        BY,
      ),
    )
    const revisions = (await snapshots.files())?.map(({ name, revision }) => [name, revision])
    expect(revisions).toEqual([
      ['apis/a.yaml', 2],
      ['apis/b.yaml', 3],
      ['apis/seed.yaml', 1],
      ['gateway.yaml', 1],
    ])
  })

  test('tells what it does to the plan, and so does a preview', async () => {
    const { snapshots } = await createIsolate()
    const slow = group('/seed').replace('backend:', 'timeout: 60s\n    backend:')
    const change = { put: { 'apis/seed.yaml': slow, 'apis/x.yaml': group('/x') } }
    const consequences = {
      added: [{ method: 'GET', path: '/x', name: 'x', file: 'apis/x.yaml' }],
      changed: [{ method: 'GET', path: '/seed', name: 'seed', file: 'apis/seed.yaml' }],
      removed: [],
    }
    await snapshots.publish({ put: { 'apis/y.yaml': group('/y') } }, BY)
    expect(await snapshots.preview(change)).toMatchObject({ kind: 'valid', consequences })
    expect(await snapshots.publish(change, BY)).toMatchObject({ kind: 'done', consequences })
    const moved = { put: { 'apis/x.yaml': group('/new', '/x') }, remove: ['apis/y.yaml'] }
    expect(await snapshots.publish(moved, BY)).toMatchObject({
      consequences: { added: [{ path: '/new' }], removed: [{ path: '/y' }], changed: [] },
    })
  })

  test('of a whole configuration removes what is not in it', async () => {
    const isolate = await createIsolate()
    const put = { 'gateway.yaml': SYSTEM, 'apis/only.yaml': group('/only') }
    done(await isolate.snapshots.publish({ put, isComplete: true }, BY))
    expect(await pathsOf(isolate)).toEqual(['/only'])
  })

  test('of a system file changes what all endpoints inherit', async () => {
    const { snapshots } = await createIsolate()
    done(await snapshots.publish({ put: { 'gateway.yaml': SYSTEM.replace('10s', '33s') } }, BY))
    expect((await snapshots.plan()).routes).toMatchObject([{ path: '/seed', timeoutMs: 33_000 }])
  })
})

describe('what does not fit is refused, and nothing moves', () => {
  test.each([
    ['is no YAML', { put: { 'apis/x.yaml': 'definitions: [' } }, { file: 'apis/x.yaml', line: 1 }],
    [
      'is no configuration',
      { put: { 'apis/x.yaml': 'definitions:\n  - name: x\n' } },
      { file: 'apis/x.yaml', line: 2 },
    ],
    [
      'contradicts another file',
      { put: { 'apis/a.yaml': group('/SEED') } },
      { file: 'apis/seed.yaml', line: 3 },
    ],
    [
      'contradicts a file before it, in another spelling',
      { put: { 'apis/z.yaml': group('/s%65ed') } },
      { file: 'apis/z.yaml', line: 3 },
    ],
    [
      'needs a value that is not there',
      { put: { 'apis/x.yaml': group('/x').replace('backend.test', '${NOWHERE}') } },
      { file: 'apis/x.yaml', message: expect.stringContaining('NOWHERE') },
    ],
    ['leaves no system file', { put: {}, remove: ['gateway.yaml'] }, { file: 'gateway.yaml' }],
    [
      'has two system files',
      { put: { 'cb-restapigw.yaml': SYSTEM } },
      { message: expect.stringContaining('Only one') },
    ],
    [
      'has a broken system file',
      { put: { 'gateway.yaml': 'version: 1\ntimeout: 5\n' } },
      { file: 'gateway.yaml' },
    ],
    ['leaves the directory', { put: { 'apis/../x.yaml': '' } }, { file: 'apis/../x.yaml' }],
    ['has a hidden name', { put: { 'apis/.x.yaml': '' } }, {}],
    ['is at an absolute path', { put: { '/etc/passwd': '' } }, {}],
    ['is called as what every object has', { put: { constructor: '' } }, {}],
  ])('what %s', async (_, change, diagnostic) => {
    const { snapshots } = await createIsolate()
    const before = await snapshots.head()
    const refused = await snapshots.publish(change, BY)
    expect(refused).toMatchObject({ kind: 'invalid' })
    const { diagnostics } = refused as Extract<typeof refused, { kind: 'invalid' }>
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toContainEqual(
      expect.objectContaining(diagnostic),
    )
    expect((await snapshots.head()).snapshot.hash).toBe(before.snapshot.hash)
    expect(await snapshots.preview(change)).toEqual(refused)
  })

  test('what is removed but not there', async () => {
    const { snapshots } = await createIsolate()
    expect(await snapshots.publish({ put: {}, remove: ['apis/no.yaml'] }, BY)).toEqual({
      kind: 'missing',
      what: 'apis/no.yaml',
    })
  })

  test('more than 32 MiB', async () => {
    const { snapshots } = await createIsolate()
    const put = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [`apis/${name}.yaml`, 'x'.repeat(12 * 2 ** 20)]),
    )
    expect(await snapshots.publish({ put }, BY)).toMatchObject({ kind: 'too-large' })
  })

  test('what was written on another revision or another head', async () => {
    const { snapshots } = await createIsolate()
    const first = done(await snapshots.publish({ put: { 'apis/a.yaml': group('/a') } }, BY))
    const put = { 'apis/a.yaml': group('/a2') }
    for (const revision of [0, 1, 3]) {
      expect(
        await snapshots.publish({ put, ifRevisions: { 'apis/a.yaml': revision } }, BY),
      ).toEqual({ kind: 'stale', what: 'apis/a.yaml' })
    }
    done(await snapshots.publish({ put, ifRevisions: { 'apis/a.yaml': 2 } }, BY))
    expect(
      await snapshots.publish({ put: {}, remove: ['apis/a.yaml'], ifHead: first.hash }, BY),
    ).toEqual({ kind: 'stale', what: 'head' })
  })

  test('and each refusal stands in the audit, as each change does', async () => {
    const { snapshots } = await createIsolate()
    const snapshot = done(await snapshots.publish({ put: { 'apis/a.yaml': group('/a') } }, BY))
    await snapshots.publish({ put: { 'apis/b.yaml': '[' } }, BY)
    const { items } = await snapshots.audit.list({ limit: 10 })
    const deed = { who: 'ada', from: '192.0.2.1', action: 'publish', count: 1 }
    expect(items).toContainEqual(
      expect.objectContaining({
        ...deed,
        target: 'apis/a.yaml',
        result: 'done',
        snapshot: snapshot.hash,
      }),
    )
    expect(items).toContainEqual(
      expect.objectContaining({ ...deed, target: 'apis/b.yaml', result: 'invalid' }),
    )
  })
})

describe('an endpoint', () => {
  const text = `# about the file
definitions:
  # about the first
  - name: first   # its name
    endpoint: "/first"
    hosts: [{host: "http://backend.test"}]
    backend: [{url_pattern: /first}]

  - name: second
    endpoint: /second
    active: true # for now
    hosts: [{host: "http://backend.test"}]
    backend: [{url_pattern: /second}]
`
  test('is patched in its text, and the rest stays as it was written', async () => {
    const { snapshots } = await createIsolate()
    const { number } = done(await snapshots.publish({ put: { 'apis/x.yaml': text } }, BY))
    const patch = {
      file: 'apis/x.yaml',
      endpoint: 'second',
      set: { active: false },
      ifRevision: number,
    }
    done(await snapshots.patchEndpoint(patch, BY))
    expect((await snapshots.readFile('apis/x.yaml'))?.text).toBe(
      text.replace('active: true', 'active: false'),
    )
    expect((await snapshots.plan()).routes.map(({ path }) => path)).toEqual(['/seed', '/first'])
    expect(await snapshots.patchEndpoint(patch, BY)).toEqual({ kind: 'stale', what: 'apis/x.yaml' })
  })

  test('takes and loses keys', async () => {
    const { snapshots } = await createIsolate()
    done(await snapshots.publish({ put: { 'apis/x.yaml': text } }, BY))
    const set = { timeout: '7s', active: null, except_headers: ['X-A'] }
    done(await snapshots.patchEndpoint({ file: 'apis/x.yaml', endpoint: 'second', set }, BY))
    const patched = (await snapshots.readFile('apis/x.yaml'))?.text ?? ''
    expect(patched.split('\n').slice(0, 10)).toEqual(text.split('\n').slice(0, 10))
    expect(patched).not.toContain('active')
    expect((await snapshots.plan()).routes.at(-1)).toMatchObject({
      timeoutMs: 7000,
      exceptHeaders: ['x-a'],
    })
  })

  test('that is not there, or gets a value that does not fit, is refused', async () => {
    const { snapshots } = await createIsolate()
    const patch = { file: 'apis/seed.yaml', endpoint: 'seed', set: { timeout: 5 } }
    expect(await snapshots.patchEndpoint(patch, BY)).toMatchObject({ kind: 'invalid' })
    expect(await snapshots.patchEndpoint({ ...patch, endpoint: 'x' }, BY)).toEqual({
      kind: 'missing',
      what: 'x',
    })
    expect(await snapshots.patchEndpoint({ ...patch, file: 'x' }, BY)).toEqual({
      kind: 'missing',
      what: 'x',
    })
  })
})
