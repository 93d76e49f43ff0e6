import { beforeAll, describe, expect, test } from 'vitest'
import { documents, FILE, history, snapshotOf, told } from './admin-documents.ts'
import { registry } from './admin-registry.ts'
import { type Administrator, BOOTSTRAP, createAdministrator, ifMatch } from './administrator.ts'
import type { Host } from './host.ts'
import { type Stage, useConfiguration } from './stage.ts'

const SYSTEM = 'version: 1\nname: administered\ntimeout: 10s\nsnapshots: {check: 100ms}\n'
const PASSWORD = 'MARKER correct horse'

/** The Admin API from the first admin to the last token. Runs a gateway of its own, whose store it leaves published. */
export function admin(host: Host): void {
  const on = useConfiguration(host, { system: SYSTEM, apis: { 'told.yaml': told('bundle') } })
  const session = { token: '' }
  const ask = createAdministrator(() => on.gateway)
  const asAdmin: Administrator = (method, path, more = {}) =>
    ask(method, path, { token: session.token, ...more })
  accounts(ask, session)
  documents(on, asAdmin)
  history(on, asAdmin)
  registry(on, asAdmin)
  reading(on, asAdmin)
  endings(ask, asAdmin)
}

const tokenIn = (body: unknown): string => (body as { token: string }).token

function accounts(ask: Administrator, session: { token: string }): void {
  describe('accounts', () => {
    test('nobody comes in without credentials, or with those of nobody', async () => {
      const none = await ask('GET', '/documents')
      expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      const bad = await ask('GET', '/documents', { token: 'cbb_0' })
      expect(bad.status).toBe(401)
      expect(bad.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    })

    test('the bootstrap token makes the first admin, once', async () => {
      const body = { user: 'ada', password: PASSWORD }
      const bootstrap = (token: string) => ask('POST', '/bootstrap', { token, body })
      expect((await bootstrap('wrong')).status).toBe(401)
      const made = await bootstrap(BOOTSTRAP)
      expect(made).toMatchObject({ status: 201, body: { name: 'ada', role: 'admin' } })
      expect((await bootstrap(BOOTSTRAP)).status).toBe(401)
    })

    test('a password gives a session', async () => {
      const signIn = (password: string) =>
        ask('POST', '/session', { body: { user: 'ada', password } })
      expect(await signIn('wrong horse')).toMatchObject({ status: 401 })
      const signed = await signIn(PASSWORD)
      expect(signed.status).toBe(200)
      session.token = tokenIn(signed.body)
      const me = await ask('GET', '/session', { token: session.token })
      expect(me.body).toMatchObject({ user: 'ada', role: 'admin', credential: 'session' })
    })

    test('an API token may do what its role says', async () => {
      const make = async (role: string) => {
        const made = await ask('POST', '/tokens', {
          token: session.token,
          body: { name: `for ${role}`, role },
        })
        expect(made.status).toBe(201)
        return tokenIn(made.body)
      }
      const statuses = async (token: string) => {
        const put = { body: { targets: [{ url: 'http://x.test' }] }, headers: ifMatch('"0"') }
        const asked = [
          await ask('GET', '/documents', { token }),
          await ask('PUT', FILE, { token, body: 'definitions: []', headers: ifMatch('"0"') }),
          await ask('GET', '/upstreams', { token }),
          await ask('PUT', '/upstreams/nobody', { token, ...put }),
          await ask('GET', '/audit', { token }),
          await ask('GET', '/users', { token }),
        ]
        return asked.map(({ status }) => status)
      }
      expect(await statuses(await make('viewer'))).toEqual([200, 403, 200, 403, 200, 403])
      expect(await statuses(await make('editor'))).toEqual([200, 412, 200, 412, 200, 403])
      expect(await statuses(await make('wiring'))).toEqual([403, 403, 200, 412, 403, 403])
      expect(await statuses(await make('admin'))).toEqual([200, 412, 200, 412, 200, 200])
    })
  })
}

function reading(on: Stage, ask: Administrator): void {
  describe('what is read', () => {
    test('is what this gateway serves', async () => {
      const routes = await ask('GET', '/routes')
      expect(routes.body).toMatchObject({
        snapshot: await snapshotOf(on),
        items: [{ name: 'told', method: 'GET', path: '/told/{key}', file: 'apis/told.yaml' }],
      })
      const explained = await ask('GET', '/explain?method=get&path=/told/1')
      expect(explained.body).toMatchObject({ outcome: 'route', params: { key: '1' } })
      const bad = await ask('GET', '/explain?method=get&path=told')
      expect(bad).toMatchObject({ status: 400, body: { errors: [{ path: 'path' }] } })
      expect((await ask('GET', '/limits')).body).toEqual({ items: [] })
      expect((await ask('GET', '/metrics')).status).toBe(200)
      expect((await ask('GET', '/documents')).status).toBe(200)
    })

    test('tells who did what, refused attempts included', async () => {
      const page = (await ask('GET', '/audit?limit=500')).body as { items: readonly object[] }
      expect(page.items).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ who: 'ada', action: 'bootstrap', result: 'done' }),
          expect.objectContaining({ action: 'start session', result: 'unauthorized' }),
          expect.objectContaining({ who: 'ada', action: 'rollback', result: 'done' }),
          expect.objectContaining({ action: 'upstream put', target: 'told', result: 'owned' }),
          expect.objectContaining({ action: 'list users', result: 'forbidden' }),
        ]),
      )
      expect(JSON.stringify(page)).not.toContain('MARKER')
    })
  })
}

function endings(ask: Administrator, asAdmin: Administrator): void {
  describe('what ends', () => {
    let user: string
    beforeAll(async () => {
      const body = { name: 'eve', role: 'editor', password: PASSWORD }
      expect((await asAdmin('POST', '/users', { body })).status).toBe(201)
      expect(await asAdmin('POST', '/users', { body })).toMatchObject({ status: 409 })
      const signed = await ask('POST', '/session', { body: { user: 'eve', password: PASSWORD } })
      user = tokenIn(signed.body)
    })

    test('is dead at once: a token, the tokens of a user who is removed, a session', async () => {
      const body = { name: 'eve', role: 'editor' }
      const made = await ask('POST', '/tokens', { token: user, body })
      const second = await ask('POST', '/tokens', { token: user, body })
      const { id } = made.body as { id: string }
      expect((await ask('DELETE', `/tokens/${id}`, { token: user })).status).toBe(204)
      expect((await ask('GET', '/routes', { token: tokenIn(made.body) })).status).toBe(401)
      expect((await ask('GET', '/routes', { token: tokenIn(second.body) })).status).toBe(200)
      expect((await asAdmin('DELETE', '/users/eve')).status).toBe(204)
      expect((await ask('GET', '/routes', { token: tokenIn(second.body) })).status).toBe(401)
      expect((await ask('GET', '/routes', { token: user })).status).toBe(401)
      expect((await asAdmin('DELETE', '/session')).status).toBe(204)
      expect((await asAdmin('GET', '/routes')).status).toBe(401)
    })
  })
}
