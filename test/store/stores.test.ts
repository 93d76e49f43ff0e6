import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEtcdStore } from '../../src/store/etcd.ts'
import { openStore } from '../../src/store/open.ts'
import { type Etcd, findEtcd, startEtcd } from '../hosts/etcd.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import { storeContract } from './store.case.ts'

describe('the reference in memory', () => {
  storeContract(createMemoryStore)
})

describe('a store under a prefix', () => {
  storeContract(() => openStore(createMemoryStore(), '/restapigw'))

  test('stands where cb-store would have it', async () => {
    const memory = createMemoryStore()
    await openStore(memory, '/restapigw').commit({ expect: {}, put: { '/conf/cb-spider': 'x' } })
    expect(await memory.get(['/restapigw/conf/cb-spider'])).toMatchObject([{ value: 'x' }])
  })

  test.each([
    ['too many keys', { put: Object.fromEntries(Array.from({ length: 129 }, (_, i) => [i, ''])) }],
    ['too many bytes', { put: { '/a': 'x'.repeat(700_000), '/b': 'x'.repeat(700_000) } }],
    ['a key that is put and removed', { put: { '/a': '' }, remove: ['/a'] }],
    ['half a character', { put: { '/a': '\ud83d' } }],
  ])('refuses %s before it is tried', async (_, change) => {
    const store = openStore(createMemoryStore(), '')
    await expect(store.commit({ expect: {}, ...change })).rejects.toThrow('no store takes')
    expect(await store.list({ prefix: '', limit: 1 })).toEqual([])
  })
})

const program = findEtcd()

describe.skipIf(program === undefined)(
  `a real etcd${program === undefined ? ' (skipped: no etcd on PATH, in ETCD or in the cache of the test cluster)' : ''}`,
  () => {
    let etcd: Etcd
    beforeAll(async () => {
      etcd = await startEtcd(program ?? '')
    }, 30_000)
    afterAll(() => etcd.stop())

    let opened = 0
    storeContract(
      () => openStore(createEtcdStore({ url: etcd.url }, fetch), `/store-${++opened}`),
      15,
    )

    const control = async (path: string, body: unknown) => {
      const init = { method: 'POST', body: JSON.stringify(body) }
      expect((await fetch(`${etcd.url}/v3/auth/${path}`, init)).status).toBe(200)
    }

    test('rejects while it is away, and works again when it is back', async () => {
      const store = openStore(createEtcdStore({ url: etcd.url }, fetch), '/away')
      await store.commit({ expect: {}, put: { '/a': 'kept' } })
      await etcd.kill()
      await expect(store.get(['/a'])).rejects.toThrow()
      await etcd.start()
      expect(await store.get(['/a'])).toMatchObject([{ key: '/a', value: 'kept' }])
    }, 30_000)

    test('asks for a name and a password, and for a new token when the old one has ended', async () => {
      const login = { name: 'root', password: 'MARKER-etcd' }
      await control('user/add', login)
      await control('role/add', { name: 'root' })
      await control('user/grant', { user: 'root', role: 'root' })
      await control('enable', {})
      const store = createEtcdStore({ url: etcd.url, login }, fetch)
      await store.commit({ expect: {}, put: { '/guarded': 'x' } })
      // It keeps its tokens in memory.
      await etcd.kill()
      await etcd.start()
      expect(await store.get(['/guarded'])).toHaveLength(1)
      const wrong = createEtcdStore({ url: etcd.url, login: { ...login, password: 'no' } }, fetch)
      await expect(wrong.get(['/guarded'])).rejects.toThrow(/authenticat/)
      await expect(createEtcdStore({ url: etcd.url }, fetch).get(['/guarded'])).rejects.toThrow()
    }, 30_000)
  },
)
