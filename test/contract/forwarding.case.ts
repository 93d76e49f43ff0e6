import { describe, expect, test } from 'vitest'
import { freshKey, type Echo } from '../support/script.ts'
import type { Host } from './host.ts'
import { describeOn, echoOf, SECRETS, useFixture, valuesOf } from './stage.ts'

/** What an upstream is sent. */
export function forwarding(host: Host): void {
  queries(host)
  headers(host)
  bodies(host)
  targets(host)
}

function queries(host: Host): void {
  const on = useFixture(host)
  describe('the query', () => {
    test.each([
      ['?a=1&b=2&a=3&c&d=&e=%20+%2B&&f=%ED%95%9C', '?a=1&b=2&a=3&c&d=&e=%20+%2B&&f=%ED%95%9C'],
      ['?z=1&a=2', '?z=1&a=2'],
      ['?x=%zz&y=%2F', '?x=%zz&y=%2F'],
      ['', ''],
    ])('%s arrives once, in order, byte for byte', async (query, expected) => {
      const echo = await echoOf(await on.gateway.fetch(`/one/x${query}`))
      expect(echo.url).toBe(`/one/x${expected}`)
    })

    test('follows a query of the pattern', async () => {
      const echo = await echoOf(await on.gateway.fetch('/fixed/x?own=2&b=3'))
      expect(echo.url).toBe('/fixed/x?own=1&own=2&b=3')
    })

    test.each([
      ['/except', '?secret=1&b=2&secret=3&Secret=4', '?b=2&Secret=4'],
      ['/except', '?odd%20key=1&odd+key=2&b=3', '?b=3'],
      ['/except', '?%73ecret=1&b=2', '?b=2'],
      ['/except', '?secret', ''],
      ['/raw-except', '?secret=1&b=2', '?b=2'],
    ])('except_querystrings: %s/x%s', async (path, query, expected) => {
      const echo = await echoOf(await on.gateway.fetch(`${path}/x${query}`))
      expect(echo.url).toBe(`${path}/x${expected}`)
    })
  })
}

function headers(host: Host): void {
  const on = useFixture(host)
  describe('headers', () => {
    test('all of the client arrive, except those excepted', async () => {
      const sent = { 'X-Private': 'p', Cookie: 'c=1', 'X-Other': 'o', Accept: 'text/x' }
      for (const path of ['/except/x', '/raw-except/x']) {
        const echo = await echoOf(await on.gateway.fetch(path, { headers: sent }))
        expect(valuesOf(echo, 'x-private')).toEqual([])
        expect(valuesOf(echo, 'x-other')).toEqual(['o'])
        expect(valuesOf(echo, 'accept')).toEqual(['text/x'])
        expect(valuesOf(echo, 'cookie')).toEqual(path === '/except/x' ? [] : ['c=1'])
      }
    })

    test('the client keeps its credentials and its user agent', async () => {
      const sent = { Authorization: 'Bearer mine', Cookie: 'a=1; b=2', 'User-Agent': 'curl/8' }
      const echo = await echoOf(await on.gateway.fetch('/one/x', { headers: sent }))
      expect(valuesOf(echo, 'authorization')).toEqual(['Bearer mine'])
      expect(valuesOf(echo, 'cookie')).toEqual(['a=1; b=2'])
      expect(valuesOf(echo, 'user-agent')).toEqual(['curl/8'])
      expect(valuesOf(echo, 'x-forwarded-via')).toEqual([expect.stringMatching(/^cb-bridge \d/)])
    })

    test('the upstream is addressed by its own name', async () => {
      const echo = await echoOf(await on.gateway.fetch('/one/x'))
      expect(valuesOf(echo, 'host')).toEqual([new URL(on.first.url).host])
    })

    test('a header name with an underscore goes no further', async () => {
      const sent = { X_Forwarded_For: '6.6.6.6', Content_Length: '0', 'X-Good': '1' }
      const echo = await echoOf(await on.gateway.fetch('/raw/x', { headers: sent }))
      expect(echo.headers.filter(([name]) => name.includes('_'))).toEqual([])
      expect(valuesOf(echo, 'x-good')).toEqual(['1'])
    })
  })

  describeOn(host, 'socket', 'headers on the wire', () => {
    const ask = async (headers: readonly (readonly [string, string])[], path = '/raw/x') => {
      const answer = await on.wire.ask({ target: path, headers })
      expect(answer.status).toBe(200)
      return JSON.parse(answer.text) as Echo
    }

    test.each(['/raw/x', '/one/x'])('hop-by-hop ones go no further: %s', async (path) => {
      const echo = await ask(
        [
          ['Connection', 'keep-alive, X-Hop, x-other-hop'],
          ['Connection', 'TE'],
          ['X-Hop', '1'],
          ['X-Other-Hop', '1'],
          ['Keep-Alive', 'timeout=5'],
          ['TE', 'trailers'],
          ['Trailer', 'X-Sum'],
          ['Proxy-Authorization', 'Basic x'],
          ['Proxy-Authenticate', 'x'],
          ['Proxy-Connection', 'keep-alive'],
          ['Upgrade', 'h2c'],
          ['X-Stays', '1'],
        ],
        path,
      )
      for (const name of [
        'x-hop',
        'x-other-hop',
        'keep-alive',
        'te',
        'trailer',
        'proxy-authorization',
        'proxy-authenticate',
        'proxy-connection',
        'upgrade',
      ]) {
        expect(valuesOf(echo, name), name).toEqual([])
      }
      expect(valuesOf(echo, 'x-stays')).toEqual(['1'])
    })

    test('Connection can not strip what the gateway says', async () => {
      const named = 'close, X-Forwarded-For, X-Request-Id, X-Forwarded-Host, Host, Authorization'
      const echo = await ask([
        ['Connection', named],
        ['Authorization', 'Bearer mine'],
      ])
      expect(valuesOf(echo, 'x-forwarded-for')).toEqual([host.clientAddress])
      expect(valuesOf(echo, 'x-request-id')).toHaveLength(1)
      expect(valuesOf(echo, 'x-forwarded-host')).toHaveLength(1)
    })

    test('without a user agent the gateway names itself', async () => {
      const echo = await ask([])
      expect(valuesOf(echo, 'user-agent')).toEqual([expect.stringMatching(/^cb-bridge \d/)])
    })

    test('X-Forwarded-Host and -Proto tell how the client came', async () => {
      const echo = await ask([
        ['Host', 'api.example:8443'],
        ['X-Forwarded-Host', 'evil.example'],
        ['X-Forwarded-Proto', 'gopher'],
      ])
      expect(valuesOf(echo, 'x-forwarded-host')).toEqual(['api.example:8443'])
      expect(valuesOf(echo, 'x-forwarded-proto')).toEqual(['http'])
    })

    test.each([
      ['a bare carriage return', 'X-A: b\rX-Evil: 1'],
      ['a bare line feed', 'X-A: b\n\nX-B: c'],
      ['a folded line', 'X-A: b\r\n X-Evil: 1'],
      ['NUL', 'X-A: b\u0000X-Evil: 1'],
      ['a space before the colon', 'X-Evil : 1'],
      ['two lengths', 'Content-Length: 0\r\nContent-Length: 5'],
      ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked'],
      ['an unknown coding', 'Transfer-Encoding: xchunked'],
      ['a negative length', 'Content-Length: -1'],
    ])('%s smuggles nothing', async (_, lines) => {
      const key = freshKey()
      const rest = `POST /raw/${key}/smuggled HTTP/1.1\r\nHost: x\r\n\r\n`
      const head = `POST /raw/${key} HTTP/1.1\r\nHost: x\r\n${lines}\r\nConnection: close\r\n\r\n`
      const connection = await on.wire.open()
      connection.write(`${head}0\r\n\r\n${rest}`)
      await connection.until((text) => text.includes('\r\n\r\n'))
      connection.close()
      for (const { url, headers } of await on.first.seen(key)) {
        expect(url).not.toContain('smuggled')
        expect(valuesOf({ headers }, 'x-evil')).toEqual([])
      }
      expect((await on.gateway.fetch('/items/1')).status).toBe(200)
    })

    test('a huge header is passed or refused, and the gateway lives', async () => {
      const answer = await on.wire.ask({
        target: '/raw/x',
        headers: [['X-Huge', 'h'.repeat(60_000)]],
      })
      expect([200, 400, 413, 431]).toContain(answer.status)
      expect((await on.gateway.fetch('/items/1')).status).toBe(200)
    })

    test('a thousand headers are passed or refused, and the gateway lives', async () => {
      const many = Array.from({ length: 1000 }, (_, i) => [`X-${i}`, 'v'] as const)
      const answer = await on.wire.ask({ target: '/raw/x', headers: many })
      expect([200, 400, 413, 431]).toContain(answer.status)
      expect((await on.gateway.fetch('/items/1')).status).toBe(200)
    })
  })
}

function bodies(host: Host): void {
  const on = useFixture(host)
  describe('bodies', () => {
    test.each(['/one/x', '/raw/x'])('arrive as they were sent: POST %s', async (path) => {
      const body = '{"n": 12345678901234567890,  "한글":"\\u00e9"}'
      const headers = { 'Content-Type': 'application/json; charset=utf-8' }
      const echo = await echoOf(await on.gateway.fetch(path, { method: 'POST', headers, body }))
      expect(echo).toMatchObject({ method: 'POST', body })
      expect(valuesOf(echo, 'content-type')).toEqual(['application/json; charset=utf-8'])
      expect(valuesOf(echo, 'content-length')).toEqual([
        String(new TextEncoder().encode(body).length),
      ])
    })

    test.each(['DELETE', 'PUT', 'PATCH'])('of %s too', async (method) => {
      const echo = await echoOf(await on.gateway.fetch('/raw/x', { method, body: 'b' }))
      expect(echo).toMatchObject({ method, body: 'b' })
    })

    test('a GET that asks with PUT upstream sends none', async () => {
      const echo = await echoOf(await on.gateway.fetch('/ask/x'))
      expect(echo).toMatchObject({ method: 'PUT', url: '/answer/x', body: '' })
    })

    test('an empty POST stays empty', async () => {
      const echo = await echoOf(await on.gateway.fetch('/one/x', { method: 'POST', body: '' }))
      expect(echo).toMatchObject({ method: 'POST', body: '' })
    })
  })
}

function targets(host: Host): void {
  const on = useFixture(host)
  const serversOf = async (path: string, calls: number) => {
    const servers: string[] = []
    for (let i = 0; i < calls; i++)
      servers.push((await echoOf(await on.gateway.fetch(path))).server)
    return servers
  }

  describe('targets', () => {
    test('rr takes turns', async () => {
      const [a, b, c, d] = await serversOf('/two/x', 4)
      expect([c, d]).toEqual([a, b])
      expect(a).not.toBe(b)
    })

    test('wrr takes turns by weight', async () => {
      const servers = await serversOf('/weighted/x', 8)
      expect(servers.filter((name) => name === 'first')).toHaveLength(6)
    })

    test('a base path comes before the pattern', async () => {
      expect((await echoOf(await on.gateway.fetch('/open/x'))).url).toBe('/base/below/x')
    })
  })

  describe('credentials of an upstream', () => {
    const basic = `Basic ${btoa(`${SECRETS.GUARDED_USER}:${SECRETS.GUARDED_PASSWORD}`)}`

    test.each(['/guarded/x', '/guarded-raw/x'])('are added: %s', async (path) => {
      const echo = await echoOf(await on.gateway.fetch(path))
      expect(valuesOf(echo, 'authorization')).toEqual([basic])
      expect(valuesOf(echo, 'x-tenant')).toEqual([SECRETS.TENANT_TOKEN])
    })

    test.each(['/guarded/x', '/guarded-raw/x'])('replace those of the client: %s', async (path) => {
      const headers = { Authorization: 'Bearer mine', 'X-Tenant': 'mine' }
      const echo = await echoOf(await on.gateway.fetch(path, { headers }))
      expect(valuesOf(echo, 'authorization')).toEqual([basic])
      expect(valuesOf(echo, 'x-tenant')).toEqual([SECRETS.TENANT_TOKEN])
    })

    test.each([
      ['/passing/x', ['Bearer mine']],
      ['/open/x', []],
    ])('decide whether those of the client go there: %s', async (path, expected) => {
      const headers = { Authorization: 'Bearer mine' }
      const echo = await echoOf(await on.gateway.fetch(path, { headers }))
      expect(valuesOf(echo, 'authorization')).toEqual(expected)
    })

    test('each part of a merge gets its own', async () => {
      const answer = await on.gateway.fetch('/owners/x')
      const { a, b, c } = (await answer.json()) as Record<'a' | 'b' | 'c', Echo>
      expect(valuesOf(a, 'authorization')).toEqual([basic])
      expect(valuesOf(b, 'authorization')).toEqual([`Bearer ${SECRETS.PAIR_TOKEN}`])
      expect(valuesOf(b, 'x-tenant')).toEqual([])
      expect(valuesOf(c, 'authorization')).toEqual([])
      expect(valuesOf(c, 'x-tenant')).toEqual([])
    })
  })
}
