import { beforeAll, describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Host } from './host.ts'
import { spellingsOf } from './spellings.ts'
import { describeOn, problemOf, useFixture, valuesOf } from './stage.ts'
import type { Echo } from '../support/script.ts'

/** A bypass route behind one policy, and a request that the policy refuses. */
interface Guarded {
  readonly policy: string
  /** First segment of its path. */
  readonly name: string
  readonly body?: string
}

const GUARDED: readonly Guarded[] = [
  { policy: 'mw-auth', name: 'vault' },
  { policy: 'mw-jwt', name: 'jwt-vault' },
  { policy: 'mw-access', name: 'either' },
  { policy: 'mw-ipfilter', name: 'elsewhere' },
  { policy: 'mw-bodylimit', name: 'small', body: 'x'.repeat(2000) },
  { policy: 'mw-validate', name: 'valid-raw', body: '{"name":1}' },
  { policy: 'mw-ratelimit', name: 'exhausted' },
]

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']
/** Methods whose requests may have a body, so that a policy of bodies has something to refuse. */
const WITH_BODY = ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']

/** What some gateways take for the path, the method or the client. */
const CLAIMS: readonly Readonly<Record<string, string>>[] = [
  { 'X-Original-URL': '/one/x' },
  { 'X-Rewrite-URL': '/one/x' },
  { 'X-Original-URI': '/one/x' },
  { 'X-Forwarded-Uri': '/one/x' },
  { 'X-Forwarded-Path': '/one/x' },
  { 'X-Forwarded-Prefix': '/one/x/..' },
  { 'X-HTTP-Method-Override': 'OPTIONS' },
  { 'X-HTTP-Method': 'OPTIONS' },
  { 'X-Method-Override': 'OPTIONS' },
  { 'X-Forwarded-Method': 'OPTIONS' },
  { 'X-Forwarded-For': '198.51.100.1' },
  { 'X-Real-IP': '198.51.100.1' },
  { 'True-Client-IP': '198.51.100.1' },
  { Forwarded: 'for=198.51.100.1' },
  { 'X-Forwarded-Host': 'localhost' },
  { 'X-Client': 'another' },
  { Origin: 'https://a.test', 'Access-Control-Request-Method': 'GET' },
]

/** Every policy refuses what it refuses, however the request is spelt. */
export function evasion(host: Host): void {
  const on = useFixture(host)
  beforeAll(async () => {
    // Nothing is left of the limit from here on.
    await (await on.gateway.fetch('/exhausted/first')).text()
  })

  const body = ({ body: text }: Guarded) => (text === undefined ? {} : { body: text })
  const methodOf = ({ body: text }: Guarded) => (text === undefined ? 'GET' : 'POST')
  /** Refused or sent elsewhere, and never a fault of ours. */
  const expectNoWay = (status: number, what: string) => {
    expect(status, what).toBeGreaterThanOrEqual(300)
    expect([500, 501, 502, 504], what).not.toContain(status)
  }

  describe.each(GUARDED)('$policy', (guarded) => {
    const { name } = guarded

    test('refuses the plain request, so that the others mean something', async () => {
      const key = freshKey()
      const asked = { method: methodOf(guarded), ...body(guarded) }
      const answer = await on.gateway.fetch(`/${name}/${key}`, asked)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      await problemOf(answer)
      expect(await on.first.seen(key)).toEqual([])
    })

    test('cannot be got round by another spelling of the path', async () => {
      const key = freshKey()
      for (const spelling of spellingsOf(name)) {
        const target = spelling.replaceAll('KEY', key)
        const answer = await on.gateway.fetch(target, {
          method: methodOf(guarded),
          ...body(guarded),
        })
        await answer.body?.cancel()
        expectNoWay(answer.status, target)
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test('cannot be got round by another method', async () => {
      const key = freshKey()
      for (const method of guarded.body === undefined ? METHODS : WITH_BODY) {
        const answer = await on.gateway.fetch(`/${name}/${key}`, { method, ...body(guarded) })
        await answer.body?.cancel()
        expectNoWay(answer.status, method)
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test('does not believe what a client says of path, method and address', async () => {
      const key = freshKey()
      for (const headers of CLAIMS) {
        const asked = { method: methodOf(guarded), headers, ...body(guarded) }
        const answer = await on.gateway.fetch(`/${name}/${key}?_method=OPTIONS`, asked)
        await answer.body?.cancel()
        expectNoWay(answer.status, JSON.stringify(headers))
      }
      expect(await on.first.seen(key)).toEqual([])
    })
  })

  describeOn(host, 'socket', 'on the wire', () => {
    const send = (guarded: Guarded, target: string, more: Headers = []) => {
      const content = guarded.body ?? ''
      const length: Headers = content === '' ? [] : [['Content-Length', String(content.length)]]
      const headers = [...length, ...more]
      return on.wire.ask({ method: methodOf(guarded), target, headers, body: content })
    }

    test.each(GUARDED)('no spelling gets past $policy', async (guarded) => {
      const key = freshKey()
      for (const spelling of spellingsOf(guarded.name)) {
        const target = spelling.replaceAll('KEY', key)
        expectNoWay((await send(guarded, target)).status, target)
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test.each(GUARDED)('no address in the request line gets past $policy', async (guarded) => {
      const key = freshKey()
      for (const origin of [
        'http://localhost',
        'http://elsewhere.test',
        'http://u:p@localhost:1',
      ]) {
        for (const path of [`/${guarded.name}/${key}`, `/one/../${guarded.name}/${key}`]) {
          expectNoWay((await send(guarded, origin + path)).status, origin + path)
        }
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test.each([
      ['4', 'chunked'],
      ['4, 4', ''],
      ['+4', ''],
      ['0x4', ''],
      ['4 ', 'chunked'],
      ['', 'Chunked'],
      ['', 'chunked, identity'],
      ['', 'gzip, chunked'],
    ])(
      'no length of %j with the coding %j hides a body from mw-bodylimit',
      async (length, coding) => {
        const key = freshKey()
        const lines = [
          `POST /small/${key} HTTP/1.1`,
          'Host: x',
          ...(length === '' ? [] : [`Content-Length: ${length}`]),
          ...(coding === '' ? [] : [`Transfer-Encoding: ${coding}`]),
        ]
        const connection = await on.wire.open()
        connection.write(`${lines.join('\r\n')}\r\n\r\n1000\r\n${'x'.repeat(4096)}\r\n0\r\n\r\n`)
        await connection.until((text) => text.includes('\r\n\r\n'))
        connection.close()
        for (const { bytes } of await on.first.seen(key)) expect(bytes).toBeLessThanOrEqual(1024)
      },
    )

    const bodiless = GUARDED.filter(({ body }) => body === undefined)
    test.each(bodiless)('no odd method gets past $policy', async (guarded) => {
      const key = freshKey()
      for (const method of ['get', 'Post', 'X', 'TRACE', 'PURGE', 'M-SEARCH']) {
        const answer = await on.wire.ask({ method, target: `/${guarded.name}/${key}` })
        expect(answer.status, method).toBeGreaterThanOrEqual(300)
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test.each(GUARDED)('no odd header gets past $policy', async (guarded) => {
      const key = freshKey()
      for (const odd of ODD_HEADERS) {
        const { status } = await send(guarded, `/${guarded.name}/${key}`, odd)
        expectNoWay(status, JSON.stringify(odd).slice(0, 100))
      }
      expect(await on.first.seen(key)).toEqual([])
    })
  })

  describe('a limit by a header', () => {
    test('counts a name with underscores as another one, which nobody is told by', async () => {
      const answer = await on.gateway.fetch(`/limited-by-header/${freshKey()}`, {
        headers: { X_Client: 'a' },
      })
      expect(answer.status).toBe(429)
      await answer.text()
    })

    describeOn(host, 'socket', 'that stands twice', () => {
      test('counts what the upstream sees', async () => {
        const target = `/limited-by-header/${freshKey()}`
        const ask = (...values: readonly string[]) =>
          on.wire.ask({ target, headers: values.map((value) => ['X-Client', value] as const) })
        const own = freshKey()
        const twice = await ask(own, 'more')
        expect(twice.status).toBe(200)
        expect(valuesOf(JSON.parse(twice.text) as Echo, 'x-client')).toEqual([`${own}, more`])
        expect((await ask(own, 'more')).status).toBe(429)
        expect((await ask(`${own}, more`)).status).toBe(429)
        expect((await ask(` ${own}, more\t`)).status).toBe(429)
      })
    })
  })

  describe('a policy that throws', () => {
    test('lets nobody in and tells nothing of itself', async () => {
      const key = freshKey()
      for (const body of ['{}', '{"name":"abc"}']) {
        const answer = await on.gateway.fetch(`/throwing/${key}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body,
        })
        expect(answer.status).toBe(500)
        const { detail } = await problemOf(answer)
        expect(detail).not.toMatch(/stack|RangeError|schema/i)
      }
      expect(await on.first.seen(key)).toEqual([])
      expect((await on.gateway.fetch('/items/1')).status).toBe(200)
    })
  })
}

type Headers = readonly (readonly [name: string, value: string])[]

const ODD_HEADERS: readonly Headers[] = [
  [['Authorization', '']],
  [['Authorization', 'Bearer']],
  [['Authorization', 'Bearer ']],
  [['Authorization', 'Bearer  \t ']],
  [['Authorization', 'Bearer null']],
  [['Authorization', 'bearer undefined']],
  [['Authorization', `Bearer ${'A'.repeat(20_000)}`]],
  [['Authorization', `Bearer ${'a.'.repeat(5000)}`]],
  [['Authorization', 'Bearer a b']],
  [['Authorization', 'Bearer \u00e9\u00ff']],
  [['Authorization', 'Basic Og==']],
  [
    ['Authorization', 'Bearer a'],
    ['Authorization', 'Bearer b'],
  ],
  [['authorization ', 'Bearer a']],
  [['Authorization', 'Bearer a\r\n b']],
  [['Cookie', 'authorization=a; token=b']],
  [['Content-Type', 'application/json, text/plain']],
  [['Content-Encoding', 'identity']],
  [['Connection', 'Authorization, Content-Length, X-Client']],
  [['Expect', '']],
  [['Upgrade', 'websocket']],
]
