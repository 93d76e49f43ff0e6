import { env } from 'cloudflare:workers'
import { evictDurableObject, reset } from 'cloudflare:test'
import { afterEach, describe, expect, test } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { storeContract } from '../store/store.case.ts'

afterEach(reset)

let opened = 0
const open = () => env.STORE.getByName(`store-${++opened}`)

describe('a store object', () => {
  storeContract(open)

  test('loses nothing when it is evicted, the count of its revisions included', async () => {
    const store = open()
    await store.commit({ expect: {}, put: { '/a': 'kept' } })
    const first = await store.commit({ expect: {}, put: { '/b': 'gone' } })
    await store.commit({ expect: {}, put: {}, remove: ['/b'] })
    await evictDurableObject(store)
    expect(await store.get(['/a', '/b'])).toMatchObject([{ key: '/a', value: 'kept' }])
    const next = await store.commit({ expect: {}, put: { '/b': '' } })
    expect('revision' in next && 'revision' in first && next.revision - first.revision).toBe(2)
  })

  test('keeps objects of other names apart', async () => {
    const [one, other] = [openStore(open(), '/x'), openStore(open(), '/x')]
    await one.commit({ expect: {}, put: { '/a': '' } })
    expect(await other.list({ prefix: '', limit: 9 })).toEqual([])
  })
})
