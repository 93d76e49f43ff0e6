import { describe, expect, test } from 'vitest'
import { load } from '../../../src/config/load.ts'
import { compile } from '../../../src/plan/compile.ts'
import type { Plan } from '../../../src/plan/types.ts'
import { createStage, ensureAdmin, signIn } from './stage.ts'

async function planWith(admin: string, more = ''): Promise<Plan> {
  const text = `version: 1\nname: test\nadmin: ${admin}\n${more}`
  const group = `definitions:
- {name: one, endpoint: "/one/{id}", hosts: [{host: "http://spider:1024"}], backend: [{url_pattern: "/x/{id}"}]}
`
  const { document, diagnostics } = load({
    system: { name: 'gateway.yaml', text },
    groups: [{ name: 'apis/a.yaml', text: group }],
  })
  if (document === undefined) throw new Error(JSON.stringify(diagnostics))
  const { plan } = await compile(document)
  if (plan === undefined) throw new Error('not compiled')
  return plan
}

const stageWith = async (admin: string, more = '') => {
  const plan = await planWith(admin, more)
  return createStage({ livePlan: () => plan })
}

describe("the system file's admin:", () => {
  test('switches the Admin API off', async () => {
    const stage = await stageWith('{enabled: false}')
    expect((await stage.ask('GET', '/openapi.json')).status).toBe(404)
    expect((await ensureAdmin(stage)).status).toBe(404)
  })

  test('restricts it to host names, whatever their case and port', async () => {
    const stage = await stageWith('{hosts: [Admin.Example.com]}')
    const ask = async (host: string) =>
      (await stage.ask('GET', '/openapi.json', { headers: { host } })).status
    expect(await ask('admin.example.com:8443')).toBe(200)
    expect(await ask('ADMIN.EXAMPLE.COM')).toBe(200)
    expect(await ask('admin.example.com.evil.test')).toBe(421)
    expect(await ask('gateway.test')).toBe(421)
  })

  test('restricts it to networks; forged headers are no address', async () => {
    const stage = await stageWith('{addresses: [10.0.0.0/8, "2001:db8::/32"]}')
    const ask = async (from: string, headers: Record<string, string> = {}) =>
      (await stage.ask('GET', '/openapi.json', { from, headers })).status
    expect(await ask('10.1.2.3')).toBe(200)
    expect(await ask('[2001:db8::1]')).toBe(200)
    expect(await ask('[::ffff:10.1.2.3]')).toBe(200)
    expect(await ask('203.0.113.7')).toBe(403)
    for (const name of ['x-forwarded-for', 'cf-connecting-ip', 'x-real-ip', 'forwarded']) {
      expect([name, await ask('203.0.113.7', { [name]: '10.1.2.3' })]).toEqual([name, 403])
    }
    const behind = await stageWith('{addresses: [10.0.0.0/8]}', 'trusted_proxies: [192.0.2.1]')
    const proxied = { headers: { 'x-forwarded-for': '10.9.9.9' }, from: '192.0.2.1' }
    expect((await behind.ask('GET', '/openapi.json', proxied)).status).toBe(200)
  })
})

describe('pages of other origins', () => {
  const OPS = 'https://ops.example.com'
  const told = (answer: Response) =>
    [...answer.headers].filter(([name]) => /^access-control|^vary$/.test(name))

  test('may not use it, unless their origin is named', async () => {
    const open = await stageWith(`{origins: ["${OPS}"]}`)
    for (const [stage, origin] of [
      [await stageWith('{}'), OPS],
      [open, 'https://evil.example.com'],
      [open, 'null'],
    ] as const) {
      const answer = await stage.ask('GET', '/session', { headers: { origin } })
      expect(answer.status).toBe(401)
      expect(told(answer).filter(([name]) => name !== 'vary')).toEqual([])
    }
    const answer = await open.ask('GET', '/session', { headers: { origin: OPS } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(OPS)
    expect(answer.headers.get('access-control-expose-headers')).toContain('ETag')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('vary')).toBe('Origin')
  })

  test('ask first, and are told what they may send', async () => {
    const stage = await stageWith(`{origins: ["${OPS}"]}`)
    const answer = await stage.ask('OPTIONS', '/documents/gateway.yaml', {
      headers: { origin: OPS, 'access-control-request-method': 'PUT' },
    })
    expect(answer.status).toBe(204)
    expect(Object.fromEntries(told(answer))).toMatchObject({
      'access-control-allow-origin': OPS,
      'access-control-allow-methods': expect.stringContaining('PUT'),
      'access-control-allow-headers': expect.stringContaining('If-Match'),
    })
  })

  test.each(['*', 'https://a.test/', 'a.test', 'ftp://a.test', 'https://a.test/x'])(
    'are not named by %s',
    async (origin) => {
      await expect(planWith(`{origins: ["${origin}"]}`)).rejects.toThrow('no origin')
    },
  )
})

describe('routes', () => {
  test('are listed and explained as this gateway serves them', async () => {
    const stage = await stageWith('{}')
    await ensureAdmin(stage)
    const token = await signIn(stage, 'root')
    const routes = await stage.ask('GET', '/routes', { token })
    expect(await routes.json()).toMatchObject({
      snapshot: expect.stringMatching(/^[0-9a-f]{64}$/),
      items: [
        {
          name: 'one',
          method: 'GET',
          path: '/one/{id}',
          file: 'apis/a.yaml',
          upstreams: ['spider'],
        },
      ],
    })
    const explained = await stage.ask('GET', '/explain?method=get&path=/one/7%3Fa%3Db', { token })
    expect(await explained.json()).toMatchObject({
      outcome: 'route',
      name: 'one',
      params: { id: '7' },
      calls: [{ urls: [{ url: 'http://spider:1024/x/7?a=b' }] }],
    })
    expect((await stage.ask('GET', '/explain?method=GET', { token })).status).toBe(400)
  })

  test('are 503 where no plan is live, while accounts work', async () => {
    const stage = await createStage()
    await ensureAdmin(stage)
    const token = await signIn(stage, 'root')
    expect((await stage.ask('GET', '/routes', { token })).status).toBe(503)
  })
})
