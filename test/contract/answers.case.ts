import { describe, expect, test } from 'vitest'
import { freshKey, type Answer } from '../support/script.ts'
import type { Ask, Host } from './host.ts'
import { expectStamp, problemOf, useFixture, type Stage } from './stage.ts'

/** What a client is answered: the table of the compatibility page, row by row. */
export function answers(host: Host): void {
  goodAnswers(host)
  refusals(host)
  failures(host)
  errorDetails(host)
  limits(host)
  encodings(host)
  cacheControl(host)
}

const JSON_TYPE = ['Content-Type', 'application/json'] as const

/** Scripts the upstream and asks the route of this name. */
async function askScripted(on: Stage, path: string, answer: Answer, ask: Ask = {}) {
  const key = freshKey()
  await on.first.script(key, answer)
  return on.gateway.fetch(`${path}/${key}`, ask)
}

function goodAnswers(host: Host): void {
  const on = useFixture(host)
  describe('a good answer of one backend', () => {
    test.each([200, 201, 202, 203])('keeps its status %i', async (status) => {
      const answer = await askScripted(on, '/one', { status, body: '{"b": 1,\n "a": [2]}' })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
      expect(await answer.json()).toEqual({ b: 1, a: [2] })
      expectStamp(answer, true)
    })

    test.each([200, 201, 204, 205])('stays empty when it is: %i', async (status) => {
      const answer = await askScripted(on, '/one', { status, body: '' })
      expect(answer.status).toBe(status)
      expect(await answer.text()).toBe('')
      expectStamp(answer, true)
    })

    test('an empty object is complete', async () => {
      const answer = await askScripted(on, '/one', { body: '{}' })
      expect(await answer.text()).toBe('{}')
      expectStamp(answer, true)
    })

    test('numbers keep their text, and odd keys are plain keys', async () => {
      const body =
        '{"n":[12345678901234567890,1.10,-0,1e400,0.1000000000000000055],"__proto__":{"x":1},"constructor":2,"prototype":3}'
      const answer = await askScripted(on, '/one', { body })
      expect(await answer.text()).toBe(body)
    })

    test('text keeps its meaning', async () => {
      const value = { 한글: '\u0000\u2028"\\/é😀', '': [null, true, { a: [] }], '<&>': '</script>' }
      const answer = await askScripted(on, '/one', { body: JSON.stringify(value) })
      expect(await answer.json()).toEqual(value)
    })

    test('depth is no danger', async () => {
      const depth = 10_000
      const body = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
      const answer = await askScripted(on, '/one', { body })
      expect([200, 502]).toContain(answer.status)
      if (answer.status === 200) expect(await answer.text()).toBe(body)
      else await problemOf(answer)
    })

    test('a compressed answer is decoded', async () => {
      const answer = await askScripted(on, '/one', { body: '{"a":1}', gzip: true })
      expect(await answer.json()).toEqual({ a: 1 })
    })
  })
}

function refusals(host: Host): void {
  const on = useFixture(host)
  describe("an upstream's refusal", () => {
    test.each([400, 401, 403, 404, 409, 418, 422, 429, 500, 501, 503, 504])(
      '%i comes as it is',
      async (status) => {
        const body = '{"message":  "it is  as it is", "n": 1.10}'
        const answer = await askScripted(on, '/one', { status, headers: [JSON_TYPE], body })
        expect(answer.status).toBe(status)
        expect(answer.headers.get('content-type')).toBe('application/json')
        expect(await answer.text()).toBe(body)
        expectStamp(answer, false)
      },
    )

    test('keeps a body that is no text', async () => {
      const bytes = new Uint8Array([0xb0, 0xa1, 0xff, 0x00, 0xfe, 0x0a])
      const answer = await askScripted(on, '/one', {
        status: 500,
        headers: [['Content-Type', 'text/plain; charset=euc-kr']],
        steps: [{ base64: btoa(String.fromCharCode(...bytes)) }],
      })
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=euc-kr')
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes)
    })

    test('keeps what a client needs to act on it', async () => {
      const headers = [
        ['WWW-Authenticate', 'Basic realm="x"'],
        ['Retry-After', '7'],
      ] as const
      const answer = await askScripted(on, '/one', { status: 401, headers, body: 'no' })
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="x"')
      expect(answer.headers.get('retry-after')).toBe('7')
    })

    test('without a body has none', async () => {
      const answer = await askScripted(on, '/one', { status: 404, body: '' })
      expect(answer.status).toBe(404)
      expect(await answer.text()).toBe('')
    })

    test('of more than 1 MiB is not carried on', async () => {
      const steps = [{ fill: 1024 * 1024 + 1 }] as const
      const answer = await askScripted(on, '/one', { status: 500, steps })
      expect(answer.status).toBeGreaterThanOrEqual(500)
      expect((await answer.text()).length).toBeLessThanOrEqual(1024 * 1024)
    })

    test('304 to a conditional request stays 304', async () => {
      const file = { bytes: 10, etag: '"e"' }
      const answer = await askScripted(
        on,
        '/one',
        { file },
        { headers: { 'If-None-Match': '"e"' } },
      )
      expect(answer.status).toBe(304)
      expect(await answer.text()).toBe('')
    })
  })
}

function failures(host: Host): void {
  const on = useFixture(host)
  const expectFailure = async (answer: Response, status: number) => {
    expect(answer.status).toBe(status)
    expectStamp(answer, false)
    return problemOf(answer)
  }

  describe('a failure', () => {
    test.each(['/unreachable/x', '/unreachable-raw/x'])(
      'to reach the upstream is 502: %s',
      async (path) => {
        await expectFailure(await on.gateway.fetch(path), 502)
      },
    )

    test.each([
      ['cut JSON', { body: '{"a": 1' }],
      ['HTML', { headers: [['Content-Type', 'text/html']], body: '<html></html>' }],
      ['an array where an object was promised', { body: '[1]' }],
      ['a bare number', { body: '1' }],
      ['two values', { body: '{"a":1}{"b":2}' }],
      ['a number that is none', { body: '{"a": 01}' }],
      ['an unclosed bomb', { body: '['.repeat(100_000) }],
    ] as const)('to decode %s is 502', async (_, answer) => {
      await expectFailure(await askScripted(on, '/one', answer), 502)
    })

    test.each([
      ['a connection that is reset', { steps: [{ text: '{"a":' }, { do: 'reset' }] }],
      ['a connection that is closed early', { steps: [{ text: '{"a":' }, { do: 'close' }] }],
      ['a length that is a lie', { wire: 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"a":1}' }],
      ['no HTTP at all', { wire: 'SSH-2.0-OpenSSH_9\r\n\r\n' }],
      ['no answer at all', { wire: '' }],
      [
        'a chunk that is none',
        { wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n' },
      ],
    ] as const)('by %s is 502', async (_, answer) => {
      await expectFailure(await askScripted(on, '/one', answer), 502)
    })

    test.each(['/late', '/late-backend', '/late-raw', '/no-op'])(
      'to answer in time is 504: %s',
      async (path) => {
        const startedAt = Date.now()
        const answer = await askScripted(on, path, { gate: 'never' })
        await expectFailure(answer, 504)
        expect(Date.now() - startedAt).toBeGreaterThanOrEqual(190)
        expect(Date.now() - startedAt).toBeLessThan(1500)
      },
    )

    test.each(['/late', '/late-backend'])(
      'to finish the body in time is 504 where it is formatted: %s',
      async (path) => {
        const answer = await askScripted(on, path, {
          steps: [{ text: '{"a":' }, { gate: 'never' }],
        })
        await expectFailure(answer, 504)
      },
    )

    test('by time cancels the upstream call', async () => {
      const key = freshKey()
      await on.first.script(key, { gate: 'never' })
      await on.gateway.fetch(`/late/${key}`)
      await on.first.until(key, ([seen]) => seen?.isAborted === true)
    })

    test('is told apart by its request id', async () => {
      const headers = { 'X-Request-Id': 'my-request-0001' }
      const answer = await on.gateway.fetch('/unreachable/x', { headers })
      expect((await problemOf(answer)).request_id).toBe('my-request-0001')
    })
  })

  describe('time', () => {
    test.each(['/late-raw', '/no-op'])(
      'stops at the headers of a streamed answer: %s',
      async (path) => {
        const steps = [{ text: 'slow' }, { pauseMs: 400 }, { text: 'ly' }] as const
        const answer = await askScripted(on, path, { steps })
        expect(answer.status).toBe(200)
        expect(await answer.text()).toBe('slowly')
      },
    )
  })
}

function errorDetails(host: Host): void {
  const on = useFixture(host)
  describe('return_error_details', () => {
    const detailsOf = async (answer: Response) => {
      expect(answer.status).toBe(200)
      expect(expectStamp(answer, false)).toBe(
        'Some backend calls has errors. check the error information(return_error_details)',
      )
      return answer.json()
    }

    test('turns a refusal into an object', async () => {
      const key = freshKey()
      await on.first.script(key, { status: 404, body: 'not here' })
      const answer = await on.gateway.fetch(`/details/${key}?q=1`)
      const http_path = `/details/${key}`
      expect(await detailsOf(answer)).toEqual({
        error_one: { http_status_code: 404, http_body: 'not here', http_path },
      })
    })

    test('turns an unreachable upstream into one of 502', async () => {
      const answer = await on.gateway.fetch('/unreachable-details/x')
      expect(await detailsOf(answer)).toMatchObject({
        error_one: { http_status_code: 502, http_path: '/nowhere/x' },
      })
    })

    test('turns a late upstream into one of 504', async () => {
      const answer = await askScripted(on, '/late-details', { gate: 'never' })
      expect(await detailsOf(answer)).toMatchObject({ error_one: { http_status_code: 504 } })
    })

    test('leaves a good answer alone', async () => {
      const answer = await askScripted(on, '/details', { body: '{"a":1}' })
      expect(await answer.json()).toEqual({ a: 1 })
      expectStamp(answer, true)
    })
  })
}

function limits(host: Host): void {
  const on = useFixture(host)
  describe('max_body', () => {
    const tooLarge = async (answer: Response, limit: string) => {
      expect(answer.status).toBe(502)
      expect((await problemOf(answer)).detail).toContain(limit)
    }

    test('lets a body of the limit through', async () => {
      const body = JSON.stringify({ a: 'x'.repeat(1024 - 8) })
      expect((await askScripted(on, '/small', { body })).status).toBe(200)
    })

    test('answers 502 that names the limit to a declared body above it', async () => {
      await tooLarge(await askScripted(on, '/small', { body: `"${'x'.repeat(1023)}"` }), '1024')
    })

    test('counts a body of unknown length, and stops an endless one', async () => {
      const key = freshKey()
      await on.first.script(key, { steps: [{ text: '"' }, { do: 'forever' }] })
      await tooLarge(await on.gateway.fetch(`/small/${key}`), '1024')
      await on.first.until(key, ([seen]) => seen?.isAborted === true)
    })

    test('counts what a compressed body becomes', async () => {
      const bomb = { body: JSON.stringify({ a: ' '.repeat(1_000_000) }), gzip: true }
      await tooLarge(await askScripted(on, '/small', bomb), '1024')
    })

    test('is 16 MiB by default', async () => {
      const steps = [{ text: '{"a":"' }, { fill: 16 * 1024 * 1024 }, { text: '"}' }] as const
      await tooLarge(await askScripted(on, '/one', { steps }), '16777216')
    })

    test('does not bound what is streamed', async () => {
      const answer = await askScripted(on, '/raw', { steps: [{ fill: 17 * 1024 * 1024 }] })
      expect((await answer.arrayBuffer()).byteLength).toBe(17 * 1024 * 1024)
    })
  })
}

function encodings(host: Host): void {
  const on = useFixture(host)
  describe('encodings', () => {
    test('string becomes an object with content', async () => {
      const answer = await askScripted(on, '/text', { body: 'line\n<1>' })
      expect(await answer.json()).toEqual({ content: 'line\n<1>' })
    })

    test('string stays text', async () => {
      const answer = await askScripted(on, '/plain', { body: '{"no": json' })
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
      expect(await answer.text()).toBe('{"no": json')
      expectStamp(answer, true)
    })

    test('a bypass that decodes answers JSON and keeps status', async () => {
      const answer = await askScripted(on, '/json-bypass', { status: 201, body: '{"a": 1.10}' })
      expect(answer.status).toBe(201)
      expect(await answer.text()).toMatch(/^\{"a": ?1\.10\}$/)
    })

    test.each([
      ['HTML', 'text/html; charset=utf-8', '<p>한글</p>'],
      ['an array', 'application/json', '[1, 2.0]'],
      ['a script', 'text/javascript', 'let a = 1'],
    ])('a bypass that decodes lets %s through unchanged', async (_, type, body) => {
      const headers = [['Content-Type', type]] as const
      const answer = await askScripted(on, '/json-bypass', { headers, body })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe(type)
      expect(await answer.text()).toBe(body)
    })
  })
}

function cacheControl(host: Host): void {
  const on = useFixture(host)
  const controlOf = async (answer: Answer, ask: Ask = {}) => {
    const response = await askScripted(on, '/kept', { body: '{"a":1}', ...answer }, ask)
    return response.headers.get('cache-control')
  }
  const saying = (name: string, value: string): Answer => ({ headers: [[name, value]] })

  describe('Cache-Control', () => {
    test.each(['GET', 'HEAD'])('is public on a complete %s', async (method) => {
      expect(await controlOf({}, { method })).toBe('public, max-age=60')
    })

    test.each([
      ['POST', {}, { method: 'POST' }],
      ['a refusal', { status: 404 }, {}],
      ['no-store upstream', saying('Cache-Control', 'max-age=9, no-store'), {}],
      ['a cookie upstream', saying('Set-Cookie', 'a=1'), {}],
      ['private upstream', saying('Cache-Control', 'private'), {}],
      ['an undecodable answer', { body: '{' }, {}],
    ] as const)('is never public: %s', async (_, answer, ask) => {
      expect((await controlOf(answer, ask)) ?? '').not.toContain('public')
    })

    test.each([{ Authorization: 'Bearer x' }, { Cookie: 'a=1' }])(
      'is private for a request with %o',
      async (headers) => {
        expect(await controlOf({}, { headers: { ...headers } })).toBe('private, max-age=60')
      },
    )

    test('is not made where cache_ttl is not set', async () => {
      const answer = await askScripted(on, '/one', { body: '{"a":1}' })
      expect(answer.headers.get('cache-control')).toBeNull()
    })
  })
}
