import { expect, test } from 'vitest'
import { load } from '../../../src/config/load.ts'
import { keyOfParts } from '../../../src/limits/key.ts'
import { compile } from '../../../src/plan/compile.ts'
import { portsWith } from '../../../src/ports/ports.fixture.ts'
import { createStage, ensureAdmin, signIn } from './stage.ts'

const GROUP = `definitions:
- name: limited
  endpoint: /limited
  hosts: [{host: "http://spider:1024"}]
  middleware:
    mw-ratelimit:
      client_max_rate: 5
      max_rate: 50
      rules: [{name: both, keys: [ip, {header: X-Tenant}], rate: 3}]
  backend: [{url_pattern: /}]
`

async function stageWithLimits(reset = async () => true) {
  const { document } = load({
    system: { name: 'gateway.yaml', text: 'version: 1\nname: test\n' },
    groups: [{ name: 'apis/a.yaml', text: GROUP }],
  })
  const { plan } = document === undefined ? {} : await compile(document)
  const asked: (readonly [verb: string, id: string, key: string])[] = []
  const limiter = {
    ...portsWith().limiter,
    read: async ({ id }: { readonly id: string }, key: string) => {
      asked.push(['read', id, key])
      return [{ name: 'rate', left: 3, resetMs: 400 }]
    },
    reset: async ({ id }: { readonly id: string }, key: string) => {
      asked.push(['reset', id, key])
      return reset()
    },
  }
  const { gateway } = (await createStage()).host
  const stage = await createStage({
    livePlan: () => plan,
    gateway: { ...gateway, ports: { ...gateway.ports, now: Date.now, limiter } },
  })
  await ensureAdmin(stage)
  return { stage, asked, token: await signIn(stage, 'root') }
}

test('limits are listed in words, read and reset by the keys that people know', async () => {
  const { stage, asked, token } = await stageWithLimits()
  const listed = await stage.ask('GET', '/limits', { token })
  const { items } = await listed.json<{ items: { id: string; rule: string; keys: string[] }[] }>()
  expect(items.map(({ keys }) => keys)).toEqual([['ip'], ['ip', 'header X-Tenant'], []])
  expect(items[0]?.rule).toContain('5 per second')
  const [one = '', both = '', all = ''] = items.map(({ id }) => encodeURIComponent(id))
  const ask = async (method: string, id: string, key?: string) => {
    const query = key === undefined ? '' : `?key=${encodeURIComponent(key)}`
    return (await stage.ask(method, `/limits/${id}${query}`, { token })).status
  }
  expect(await ask('GET', one, '2001:db8::1')).toBe(200)
  expect(await ask('DELETE', both, '["192.0.2.1","acme"]')).toBe(204)
  expect(await ask('GET', all)).toBe(200)
  const digest = await keyOfParts(
    [{ from: 'ip' }, { from: 'header', name: 'X-Tenant' }],
    ['192.0.2.1', 'acme'],
  )
  expect(asked.map(([verb, , key]) => [verb, key])).toEqual([
    ['read', '2001:db8:0:0::/64'],
    ['reset', digest],
    ['read', ''],
  ])
  expect(await ask('GET', one)).toBe(400)
  expect(await ask('GET', both, '192.0.2.1')).toBe(400)
  expect(await ask('GET', all, 'x')).toBe(400)
  expect(await ask('GET', 'none')).toBe(404)
})

test('a reset is told before it is done and after, so that none can go unseen', async () => {
  const told = async (reset: () => Promise<boolean>) => {
    const { stage, token } = await stageWithLimits(reset)
    const listed = await stage.ask('GET', '/limits', { token })
    const { items } = await listed.json<{ items: { id: string }[] }>()
    const path = `/limits/${encodeURIComponent(items[2]?.id ?? '')}`
    const { status } = await stage.ask('DELETE', path, { token })
    const entries = (await stage.audit()).filter(({ action }) => action === 'reset limit')
    expect(new Set(entries.map(({ who, target }) => `${who} ${target}`))).toEqual(
      new Set([`root ${items[2]?.id}`]),
    )
    return { status, results: entries.map(({ result }) => result).toSorted() }
  }
  expect(await told(async () => true)).toEqual({ status: 204, results: ['begun', 'done'] })
  expect(await told(async () => false)).toEqual({
    status: 503,
    results: ['begun', 'store-unavailable'],
  })
  const dying = () => Promise.reject(new Error('the isolate has ended'))
  expect(await told(dying)).toEqual({ status: 500, results: ['begun'] })
})
