import { beforeAll, describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Host } from './host.ts'
import { echoOf, expectStamp, problemOf, useFixture, valuesOf } from './stage.ts'
import {
  createSigner,
  fixedSigner,
  hmacToken,
  inSeconds,
  JWKS_KEY,
  publishedSigner,
  signShared,
} from './tokens.ts'

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })

/** JSON Web Tokens of an issuer that publishes its keys, of one whose keys are known, and of one with a shared secret. */
export function jwts(host: Host): void {
  const on = useFixture(host)
  const publish = (...keys: readonly unknown[]) =>
    on.first.script(JWKS_KEY, { body: JSON.stringify({ keys }) })
  beforeAll(() => publish(publishedSigner.jwk))

  const refused = async (answer: Response, status = 401) => {
    expect(answer.status).toBe(status)
    expectStamp(answer, false)
    await problemOf(answer)
    return answer.headers.get('www-authenticate') ?? ''
  }

  describe('mw-jwt', () => {
    test.each(['/jwt', '/jwt-vault'])('lets good tokens of every issuer in: %s', async (path) => {
      for (const token of [
        await publishedSigner.sign(),
        await fixedSigner.sign(),
        await signShared(),
      ]) {
        const echo = await echoOf(await on.gateway.fetch(`${path}/x`, bearer(token)))
        expect(valuesOf(echo, 'authorization')).toEqual([])
      }
    })

    test('asks an issuer for its keys once for many tokens', async () => {
      for (let turn = 0; turn < 5; turn++) {
        await echoOf(await on.gateway.fetch('/jwt/x', bearer(await publishedSigner.sign())))
      }
      expect((await on.first.seen(JWKS_KEY)).length).toBeLessThanOrEqual(2)
    })

    test('refuses every other token and calls nobody', async () => {
      const key = freshKey()
      const stranger = await createSigner('https://static.test', 's1')
      const second = await createSigner('https://published.test', 's1')
      const [head = '', payload = '', signature = ''] = (await fixedSigner.sign()).split('.')
      const none = btoa('{"alg":"none"}').replaceAll('=', '')
      for (const token of [
        await fixedSigner.sign({ exp: inSeconds(-60) }),
        await fixedSigner.sign({ exp: undefined }),
        await fixedSigner.sign({ nbf: inSeconds(60) }),
        await fixedSigner.sign({ aud: 'other' }),
        await fixedSigner.sign({ aud: undefined }),
        await fixedSigner.sign({ iss: 'https://published.test' }),
        await fixedSigner.sign({ iss: 'https://shared.test' }),
        await fixedSigner.sign({ iss: 'https://unknown.test' }),
        await stranger.sign(),
        await stranger.sign({}, { jwk: stranger.jwk }),
        await second.sign(),
        `${none}.${payload}.`,
        `${none}.${payload}.${signature}`,
        `${head}.${payload}.`,
        `${head}.${payload}`,
        `${head}.${btoa('{"iss":"https://static.test"}').replaceAll('=', '')}.${signature}`,
      ]) {
        const answer = await on.gateway.fetch(`/jwt-vault/${key}`, bearer(token))
        expect(await refused(answer)).toMatch(/^Bearer error="invalid_token"/)
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test('refuses who brings none, without an error code', async () => {
      const key = freshKey()
      for (const path of ['/jwt', '/jwt-vault', '/jwt-scope', '/either']) {
        expect(await refused(await on.gateway.fetch(`${path}/${key}`))).toBe('Bearer')
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test('an unknown key does not make it ask the issuer again and again', async () => {
      const before = (await on.first.seen(JWKS_KEY)).length
      const other = await createSigner('https://published.test', freshKey())
      for (let turn = 0; turn < 10; turn++) {
        await refused(await on.gateway.fetch('/jwt/x', bearer(await other.sign())))
      }
      expect((await on.first.seen(JWKS_KEY)).length - before).toBeLessThanOrEqual(1)
    })

    test('tells upstreams what a token claims, and nobody else can', async () => {
      const forged = { 'X-User': 'admin', 'X-Tenant': 'other', X_User: 'admin' }
      const token = await fixedSigner.sign({ tenant: { id: 7 } })
      const headers = { ...forged, Authorization: `Bearer ${token}` }
      const echo = await echoOf(await on.gateway.fetch('/jwt/x', { headers }))
      expect(valuesOf(echo, 'x-user')).toEqual(['alice'])
      expect(valuesOf(echo, 'x-tenant')).toEqual(['7'])
      expect(JSON.stringify(echo.headers)).not.toContain('admin')
      const bare = { ...forged, Authorization: `Bearer ${await signShared()}` }
      const other = await echoOf(await on.gateway.fetch('/jwt-vault/x', { headers: bare }))
      expect(JSON.stringify(other.headers)).not.toMatch(/admin|other/)
    })

    test('asks for scopes', async () => {
      const good = await fixedSigner.sign({ scope: 'write read' })
      await echoOf(await on.gateway.fetch('/jwt-scope/x', bearer(good)))
      const narrow = await fixedSigner.sign({ scope: 'read' })
      const answer = await on.gateway.fetch('/jwt-scope/x', bearer(narrow))
      expect(await refused(answer, 403)).toBe(
        'Bearer error="insufficient_scope", scope="read write"',
      )
    })

    test('answers 503 when it cannot know the keys', async () => {
      const key = freshKey()
      const answer = await on.gateway.fetch(`/jwt-down/${key}`, bearer(await fixedSigner.sign()))
      await refused(answer, 503)
      expect(answer.headers.get('retry-after')).toBe('5')
      expect(await on.first.seen(key)).toEqual([])
    })

    test('is asked before a limit that counts by subject', async () => {
      const path = `/limited-by-subject/${freshKey()}`
      const sub = freshKey()
      const ask = async (who: string) =>
        (await on.gateway.fetch(path, bearer(await fixedSigner.sign({ sub: who })))).status
      expect(await ask(sub)).toBe(200)
      expect(await ask(sub)).toBe(429)
      expect(await ask(`${sub}-other`)).toBe(200)
      expect((await on.gateway.fetch(path)).status).toBe(401)
    })

    test('is asked before a limit that counts by a claim, whoever brings it', async () => {
      const path = `/limited-by-claim/${freshKey()}`
      const id = freshKey()
      const ask = async (claims: Readonly<Record<string, unknown>>) =>
        (await on.gateway.fetch(path, bearer(await fixedSigner.sign(claims)))).status
      expect(await ask({ tenant: { id } })).toBe(200)
      expect(await ask({ tenant: { id }, sub: freshKey() })).toBe(429)
      expect(await ask({ tenant: { id: `${id}-other` } })).toBe(200)
      expect(await ask({ 'tenant.id': `${id}-flat` })).toBe(200)
      for (const none of [{}, { tenant: {} }, { tenant: id }, { tenant: { id: '' } }]) {
        expect(await ask(none)).toBe(429)
      }
      expect((await on.gateway.fetch(path)).status).toBe(401)
    })

    test('with a limit by subject and issuer, keeps those of one name apart', async () => {
      const path = `/limited-by-issuer/${freshKey()}`
      const sub = freshKey()
      const ask = async (token: string) => (await on.gateway.fetch(path, bearer(token))).status
      expect(await ask(await fixedSigner.sign({ sub }))).toBe(200)
      expect(await ask(await fixedSigner.sign({ sub }))).toBe(429)
      expect(await ask(await signShared({ sub }))).toBe(200)
      expect(await ask(await publishedSigner.sign({ sub }))).toBe(200)
      expect(await ask(await signShared())).toBe(429)
    })

    test('tells its claims to a limit though another token came first', async () => {
      const path = `/limited-for-both/${freshKey()}`
      const ask = async (plan: string) => {
        const headers = {
          Authorization: `Bearer ${await hmacToken()}`,
          'X-Token': await fixedSigner.sign({ plan }),
        }
        return (await on.gateway.fetch(path, { headers })).status
      }
      const plan = freshKey()
      expect(await ask(plan)).toBe(200)
      expect(await ask(plan)).toBe(429)
      expect(await ask(`${plan}-other`)).toBe(200)
    })
  })
}
