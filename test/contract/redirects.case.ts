import { describe, expect, test } from 'vitest'
import { freshKey, type Answer, type Script } from '../support/script.ts'
import type { Host } from './host.ts'
import { echoOf, SECRETS, useFixture, valuesOf } from './stage.ts'

const to = (location: string, status = 302): Answer => ({
  status,
  headers: [['Location', location]],
  body: 'moved',
})

/** Redirects of upstreams: followed inside a backend, handed on otherwise. */
export function redirects(host: Host): void {
  const on = useFixture(host)

  describe('redirects of an upstream', () => {
    test.each([301, 302, 303, 307, 308])('%i of a GET is followed', async (status) => {
      const key = freshKey()
      await on.first.script(key, { one: to(`${on.first.url}/next/${key}?x=1`, status) })
      const echo = await echoOf(await on.gateway.fetch(`/one/${key}`))
      expect(echo).toMatchObject({ method: 'GET', url: `/next/${key}?x=1` })
    })

    test('a relative one too, and on a streamed route', async () => {
      const key = freshKey()
      await on.first.script(key, { a: to('b') })
      const echo = await echoOf(await on.gateway.fetch(`/raw/${key}/a`))
      expect(echo.url).toBe(`/raw/${key}/b`)
    })

    test('HEAD stays HEAD', async () => {
      const key = freshKey()
      await on.first.script(key, { a: to('b'), b: { headers: [['X-End', '1']], body: 'x' } })
      const answer = await on.gateway.fetch(`/raw/${key}/a`, { method: 'HEAD' })
      expect(answer.headers.get('x-end')).toBe('1')
      expect((await on.first.seen(key)).map(({ method }) => method)).toEqual(['HEAD', 'HEAD'])
    })

    const chain = (key: string, hops: number): Script =>
      Object.fromEntries(
        Array.from({ length: hops }, (_, i) => [
          i === 0 ? 'one' : `hop${i}`,
          to(`/hop${i + 1}/${key}`),
        ]),
      )

    test('ten are followed', async () => {
      const key = freshKey()
      await on.first.script(key, chain(key, 10))
      const echo = await echoOf(await on.gateway.fetch(`/one/${key}`))
      expect(echo.url).toBe(`/hop10/${key}`)
    })

    test('the eleventh is handed to the client', async () => {
      const key = freshKey()
      await on.first.script(key, chain(key, 12))
      const answer = await on.gateway.fetch(`/one/${key}`)
      expect(answer.status).toBe(302)
      expect(answer.headers.get('location')).toBe(`/hop11/${key}`)
      expect(await on.first.seen(key)).toHaveLength(11)
    })

    test.each(['POST', 'DELETE'])('%s is handed to the client', async (method) => {
      const key = freshKey()
      await on.first.script(key, { one: to(`/next/${key}`, 303) })
      const answer = await on.gateway.fetch(`/one/${key}`, { method })
      expect(answer.status).toBe(303)
      expect(answer.headers.get('location')).toBe(`/next/${key}`)
      expect(await on.first.seen(key)).toHaveLength(1)
    })

    test.each(['/one', '/raw'])('to another host is handed to the client: %s', async (path) => {
      const key = freshKey()
      const elsewhere = `${on.second.url}/stolen/${key}`
      await on.first.script(key, to(elsewhere))
      const answer = await on.gateway.fetch(`${path}/${key}`)
      expect(answer.status).toBe(302)
      expect(answer.headers.get('location')).toBe(elsewhere)
      expect(await on.second.seen(key)).toEqual([])
    })

    test.each([
      ['another name of the same address', (url: string) => url.replace('127.0.0.1', 'localhost')],
      ['a user name', (url: string) => url.replace('127.0.0.1', '127.0.0.1@localhost')],
      ['no scheme', (url: string) => url.replace('http://127.0.0.1', '//localhost')],
      ['https', (url: string) => url.replace('http', 'https')],
      ['another scheme', () => 'file:///etc/passwd'],
      ['no URL at all', () => 'http://['],
    ])('%s is another host', async (_, change) => {
      const key = freshKey()
      await on.first.script(key, { one: to(change(`${on.first.url}/next/${key}`)) })
      const answer = await on.gateway.fetch(`/one/${key}`)
      expect(answer.status).toBe(302)
      expect(await on.first.seen(key)).toHaveLength(1)
    })

    test('between hosts of the same backend they are followed', async () => {
      const key = freshKey()
      await on.first.script(key, { two: to(`${on.second.url}/there/${key}`) })
      await on.second.script(key, { two: to(`${on.first.url}/there/${key}`) })
      const echo = await echoOf(await on.gateway.fetch(`/two/${key}`))
      expect(echo.url).toBe(`/there/${key}`)
    })
  })

  describe('credentials and redirects', () => {
    test('stay with the same host', async () => {
      const key = freshKey()
      await on.first.script(key, { guarded: to(`/next/${key}`) })
      const echo = await echoOf(await on.gateway.fetch(`/guarded/${key}`))
      expect(echo.url).toBe(`/next/${key}`)
      expect(valuesOf(echo, 'x-tenant')).toEqual([SECRETS.TENANT_TOKEN])
    })

    test("an upstream's never reach another host of the backend", async () => {
      const key = freshKey()
      await on.first.script(key, { pair: to(`${on.second.url}/there/${key}`) })
      for (let i = 0; i < 2; i++) await on.gateway.fetch(`/pair/${key}`)
      const [asked] = await on.first.seen(key)
      expect(asked && valuesOf(asked, 'authorization')).toEqual([`Bearer ${SECRETS.PAIR_TOKEN}`])
      const seen = await on.second.seen(key)
      expect(seen.map(({ url }) => url)).toContain(`/there/${key}`)
      expect(JSON.stringify(seen)).not.toContain('MARKER')
    })

    test("a client's never reach another host of the backend", async () => {
      const key = freshKey()
      await on.first.script(key, { two: to(`${on.second.url}/there/${key}`) })
      const headers = { Authorization: 'Bearer mine', Cookie: 'mine=1' }
      for (let i = 0; i < 2; i++) await on.gateway.fetch(`/two/${key}`, { headers })
      const hop = (await on.second.seen(key)).find(({ url }) => url === `/there/${key}`)
      expect(hop && valuesOf(hop, 'authorization')).toEqual([])
      expect(hop && valuesOf(hop, 'cookie')).toEqual([])
    })
  })
}
