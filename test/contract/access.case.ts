import { describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Host } from './host.ts'
import { describeOn, echoOf, expectStamp, problemOf, useFixture, valuesOf } from './stage.ts'
import { spellingsOf } from './spellings.ts'
import { hmacToken } from './tokens.ts'

/** Who may pass, and that nobody else does on another spelling of the same request. */
export function access(host: Host): void {
  hmacTokens(host)
  otherSpellings(host)
}

function hmacTokens(host: Host): void {
  const on = useFixture(host)
  const ROUTES = ['/token', '/token-raw', '/vault/a', '/token-guarded', '/token-passing']

  describe('mw-auth', () => {
    test.each(ROUTES)('lets a good token in: %s', async (path) => {
      const headers = { Authorization: `Bearer ${await hmacToken()}` }
      await echoOf(await on.gateway.fetch(`${path}/x`, { headers }))
    })

    test.each(ROUTES)('refuses everybody else and calls nobody: %s', async (path) => {
      const key = freshKey()
      const tokens = [
        undefined,
        '',
        'Bearer',
        'Basic YWxpY2U6eA==',
        `Bearer ${await hmacToken({}, 'another key')}`,
        `Bearer ${await hmacToken({ accessId: 'mallory' })}`,
        `Bearer ${await hmacToken({ madeAtMs: Date.now() - 600_000 })}`,
        `Bearer ${await hmacToken({ madeAtMs: Date.now() + 600_000 })}`,
        `Bearer ${(await hmacToken()).replace(/^../, (byte) => (byte === '00' ? '01' : '00'))}`,
      ]
      for (const token of tokens) {
        const headers = token === undefined ? {} : { Authorization: token }
        const answer = await on.gateway.fetch(`${path}/${key}`, { headers })
        expect(answer.status).toBe(401)
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
        expect(answer.headers.get('cache-control')).toBe('no-store')
        expectStamp(answer, false)
        await problemOf(answer)
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test.each(['/token', '/token-raw', '/vault/a'])(
      'keeps its token from addresses: %s',
      async (path) => {
        const headers = { Authorization: `Bearer ${await hmacToken()}` }
        const echo = await echoOf(await on.gateway.fetch(`${path}/x`, { headers }))
        expect(valuesOf(echo, 'authorization')).toEqual([])
      },
    )

    test('keeps it from an upstream with credentials of its own', async () => {
      const headers = { Authorization: `Bearer ${await hmacToken()}` }
      const echo = await echoOf(await on.gateway.fetch('/token-guarded/x', { headers }))
      expect(valuesOf(echo, 'authorization')).toEqual([expect.stringMatching(/^Basic /)])
    })

    test('gives it to an upstream that asks for it', async () => {
      const headers = { Authorization: `Bearer ${await hmacToken()}` }
      const echo = await echoOf(await on.gateway.fetch('/token-passing/x', { headers }))
      expect(valuesOf(echo, 'authorization')).toEqual([headers.Authorization])
    })

    test('is asked before a WebSocket is opened', async () => {
      await expect(on.gateway.webSocket('/vault/socket')).rejects.toThrow('401')
    })

    test('tells the log who came', async () => {
      const id = freshKey()
      const headers = { Authorization: `Bearer ${await hmacToken()}`, 'X-Request-Id': id }
      await on.gateway.fetch('/token/x', { headers })
      await expect.poll(() => on.gateway.logs().join('\n')).toContain(id)
      const line = on.gateway.logs().find((text) => text.includes(id)) ?? '{}'
      expect(JSON.parse(line)).toMatchObject({ subject: 'alice' })
      expect(line).not.toContain(headers.Authorization.slice(8))
    })
  })
}

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  { Connection: 'authorization' },
  { Connection: 'close, Authorization' },
  { 'X-Original-URL': '/one/x' },
  { 'X-Rewrite-URL': '/one/x' },
  { 'X-Original-Path': '/one/x' },
  { 'X-HTTP-Method-Override': 'OPTIONS' },
  { 'X-Forwarded-Prefix': '/vault/..' },
  { 'X-Forwarded-Host': 'localhost' },
  { 'X-Forwarded-For': '127.0.0.1' },
  { Forwarded: 'for=127.0.0.1' },
  { Authorization_: 'x' },
  { 'Proxy-Authorization': 'Bearer x' },
  { 'X-Access-Id': 'alice' },
]

function otherSpellings(host: Host): void {
  const on = useFixture(host)

  describe('a protected path', () => {
    test.each(['GET', 'HEAD', 'POST', 'DELETE', 'PATCH', 'PROPFIND', 'OPTIONS'])(
      'is protected for %s',
      async (method) => {
        const key = freshKey()
        const answer = await on.gateway.fetch(`/vault/${key}`, { method })
        expect(answer.status).toBe(401)
        expect(await on.first.seen(key)).toEqual([])
      },
    )

    test.each(HEADERS)('is no matter of other headers: %j', async (headers) => {
      const key = freshKey()
      const answer = await on.gateway.fetch(`/vault/${key}`, { headers })
      expect(answer.status).toBe(401)
      expect(await on.first.seen(key)).toEqual([])
    })
  })

  describeOn(host, 'socket', 'on the wire', () => {
    test.each(spellingsOf('vault'))(
      'no spelling loses its token on the way: %s',
      async (spelling) => {
        const key = freshKey()
        const target = spelling.replace('KEY', key)
        const authorization = `Bearer ${await hmacToken()}`
        await on.wire.ask({ target, headers: [['Authorization', authorization]] })
        for (const { headers } of await on.first.seen(key)) {
          expect(valuesOf({ headers }, 'authorization')).toEqual([])
        }
      },
    )

    test.each([
      [
        ['Authorization', 'Bearer x'],
        ['Authorization', 'TOKEN'],
      ],
      [
        ['Authorization', 'TOKEN'],
        ['Authorization', 'Bearer x'],
      ],
      [
        ['Authorization', 'TOKEN'],
        ['authorization', 'TOKEN'],
      ],
      [['Authorization', 'TOKEN,TOKEN']],
    ] as const)('two tokens are none: %j', async (...given) => {
      const key = freshKey()
      const token = `Bearer ${await hmacToken()}`
      const headers = given.map(
        ([name, value]) => [name, value.replaceAll('TOKEN', token)] as const,
      )
      const answer = await on.wire.ask({ target: `/vault/${key}`, headers })
      expect(answer.status).toBe(401)
      expect(await on.first.seen(key)).toEqual([])
    })

    test.each([
      ['Connection', 'authorization'],
      ['Connection', 'close, AUTHORIZATION'],
    ] as const)('a token counts whatever %s: %s says', async (name, value) => {
      const authorization = `Bearer ${await hmacToken()}`
      const headers = [
        ['Authorization', authorization],
        [name, value],
      ] as const
      const answer = await on.wire.ask({ target: '/token-passing/x', headers })
      expect(answer.status).toBe(200)
    })
  })
}
