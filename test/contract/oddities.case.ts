import { describe, expect, test } from 'vitest'
import { freshKey, type Answer, type Echo } from '../support/script.ts'
import type { Host } from './host.ts'
import { describeOn, echoOf, expectStamp, problemOf, useFixture, valuesOf } from './stage.ts'

/** Upstreams and clients that are strange, but exist. */
export function oddities(host: Host): void {
  strangeAnswers(host)
  strangeCodings(host)
  strangeRequests(host)
}

const wire = (head: string, body = ''): Answer => ({ wire: `HTTP/1.1 ${head}\r\n\r\n${body}` })

function strangeAnswers(host: Host): void {
  const on = useFixture(host)
  const answerOf = async (path: string, script: Answer) => {
    const key = freshKey()
    await on.first.script(key, script)
    return on.gateway.fetch(`${path}/${key}`)
  }

  describe('an upstream that answers strangely', () => {
    test.each([
      ['a status that HTTP does not have', wire('999 Request denied\r\nContent-Length: 0')],
      ['a status of two digits', wire('99 What\r\nContent-Length: 0')],
      [
        'an upgrade nobody asked for',
        wire('101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade'),
      ],
      ['a header of 12 kB', wire(`200 OK\r\nX-Huge: ${'h'.repeat(12_000)}\r\nContent-Length: 0`)],
      ['a header without a colon', wire('200 OK\r\nNonsense\r\nContent-Length: 0')],
      ['two lengths', wire('200 OK\r\nContent-Length: 1\r\nContent-Length: 2', '{}')],
    ])('is no crash: %s', async (_, script) => {
      for (const path of ['/raw', '/one']) {
        const answer = await answerOf(path, script)
        expect([200, 502]).toContain(answer.status)
        if (answer.status === 502) await problemOf(answer)
        else await answer.text()
      }
    })

    test.each([
      ['204 with a body', wire('204 No Content\r\nContent-Length: 4', 'body'), 204],
      ['205 with a body', { status: 205, body: 'body' }, 205],
      ['304 with a length', wire('304 Not Modified\r\nContent-Length: 4'), 304],
    ])('has no body where none may be: %s', async (_, script, status) => {
      for (const path of ['/raw', '/one']) {
        const answer = await answerOf(path, script)
        expect(answer.status).toBe(status)
        expect(await answer.text()).toBe('')
      }
    })

    test('103 Early Hints are not the answer', async () => {
      const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n'
      const answer = await answerOf('/one', {
        wire: `${hints}HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}`,
      })
      expect([200, 502]).toContain(answer.status)
      if (answer.status === 200) expect(await answer.json()).toEqual({ a: 1 })
    })

    test.each(['/raw', '/one'])('early, before it has read the body: %s', async (path) => {
      const key = freshKey()
      await on.first.script(key, {
        early: true,
        status: 413,
        headers: [['Connection', 'close']],
        body: 'too much',
      })
      const body = 'x'.repeat(3_000_000)
      // An upstream that closes while it is still being sent to may take its answer back with a TCP reset.
      const outcome = await on.gateway.fetch(`${path}/${key}`, { method: 'POST', body }).then(
        async (answer) =>
          answer.text().then(
            () => answer.status,
            () => 'reset',
          ),
        () => 'reset',
      )
      expect([413, 502, 'reset']).toContain(outcome)
      expect((await on.gateway.fetch('/items/1')).status).toBe(200)
    })

    test('closing the connection after each answer harms no later call', async () => {
      for (let i = 0; i < 5; i++) {
        const answer = await answerOf('/one', {
          headers: [['Connection', 'close']],
          body: `{"i":${i}}`,
        })
        expect(await answer.json()).toEqual({ i })
      }
    })
  })

  describeOn(host, 'socket', 'an upstream that answers in no ASCII', () => {
    test('is passed on byte for byte in headers', async () => {
      const key = freshKey()
      const name = Buffer.from('attachment; filename="한글.csv"').toString('latin1')
      await on.first.script(
        key,
        wire(`200 OK\r\nContent-Disposition: ${name}\r\nContent-Length: 0`),
      )
      const answer = await on.wire.ask({ target: `/raw/${key}` })
      expect(answer.status).toBe(200)
      expect(answer.header('content-disposition')).toBe(name)
    })
  })
}

function strangeCodings(host: Host): void {
  const on = useFixture(host)
  const scripted = async (script: Answer) => {
    const key = freshKey()
    await on.first.script(key, script)
    return key
  }

  describe('content codings', () => {
    test('a compressed refusal comes readable', async () => {
      const key = await scripted({ status: 404, body: 'not here', gzip: true })
      const answer = await on.gateway.fetch(`/one/${key}`)
      expect(answer.status).toBe(404)
      expect(answer.headers.get('content-encoding')).toBeNull()
      expect(await answer.text()).toBe('not here')
    })

    test.each([
      ['gzip that is none', 'gzip', 'nonsense'],
      ['gzip that is cut off', 'gzip', '\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab'],
      ['a coding that nobody knows', 'x-unknown', '\x01\x02'],
    ])('%s is 502 where it is decoded', async (_, coding, body) => {
      const key = await scripted({
        headers: [['Content-Encoding', coding]],
        steps: [{ base64: btoa(body) }],
      })
      const answer = await on.gateway.fetch(`/one/${key}`)
      expect(answer.status).toBe(502)
      expectStamp(answer, false)
      await problemOf(answer)
    })

    test.each(['/raw', '/one', '/merge'])(
      'a compressed request stays as it is: %s',
      async (path) => {
        const key = await scripted({ body: '{}' })
        const packed = new Blob(['pack me '.repeat(50)])
          .stream()
          .pipeThrough(new CompressionStream('gzip'))
        const body = new Uint8Array(await new Response(packed).arrayBuffer())
        const headers = { 'Content-Encoding': 'gzip' }
        await on.gateway.fetch(`${path}/${key}`, { method: 'POST', headers, body })
        const [seen] = await on.first.seen(key)
        expect(seen?.bytes).toBe(body.length)
        expect(seen?.sha256).toBe(await sha256(body))
        expect(seen && valuesOf(seen, 'content-encoding')).toEqual(['gzip'])
      },
    )
  })
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function strangeRequests(host: Host): void {
  const on = useFixture(host)
  describeOn(host, 'socket', 'a client that asks strangely', () => {
    test('waits for 100 Continue and gets its answer', async () => {
      const key = freshKey()
      const connection = await on.wire.open()
      const head = `POST /raw/${key} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`
      connection.write(head)
      await new Promise((resolve) => setTimeout(resolve, 30))
      connection.write('body')
      const received = await connection.until((text) => text.includes('"body":"body"'))
      expect(received).toMatch(/^HTTP\/1\.1 (100|200) /)
      connection.close()
    })

    test.each([
      ['HTTP/1.0 without a host', 'GET /raw/x HTTP/1.0\r\n\r\n'],
      ['HTTP/1.1 without a host', 'GET /raw/x HTTP/1.1\r\nConnection: close\r\n\r\n'],
      ['a host that is none', 'GET /raw/x HTTP/1.1\r\nHost: a b"<>\r\nConnection: close\r\n\r\n'],
      ['two hosts', 'GET /raw/x HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
      ['an empty host', 'GET /raw/x HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
      ['a host with a path', 'GET /raw/x HTTP/1.1\r\nHost: a/one/\r\nConnection: close\r\n\r\n'],
      ['a host with a user', 'GET /raw/x HTTP/1.1\r\nHost: u@a\r\nConnection: close\r\n\r\n'],
      ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ])('%s is answered and no crash', async (_, bytes) => {
      const connection = await on.wire.open()
      connection.write(bytes)
      const received = await connection.until((text) => text.includes('\r\n\r\n'))
      connection.close()
      expect(received === '' || /^HTTP\/1\.[01] (2|3|4)\d\d /.test(received), received).toBe(true)
      if (received.includes('"server"')) expect(received).toContain('"url":"/raw/x"')
      expect((await on.gateway.fetch('/items/1')).status).toBe(200)
    })

    test('a path of 20 kB is passed or refused', async () => {
      const answer = await on.wire.ask({ target: `/raw/${'x'.repeat(20_000)}` })
      expect([200, 400, 414]).toContain(answer.status)
    })

    test('header values that are no ASCII are passed on byte for byte', async () => {
      const name = Buffer.from('한글').toString('latin1')
      const answer = await on.wire.ask({ target: '/raw/x', headers: [['X-Name', name]] })
      expect(answer.status).toBe(200)
      expect(valuesOf(JSON.parse(answer.body.toString()) as Echo, 'x-name')).toEqual([name])
    })

    test('a chunked body with extensions and trailers arrives as its content', async () => {
      const answer = await on.wire.ask({
        method: 'POST',
        target: '/raw/x',
        headers: [['Transfer-Encoding', 'chunked']],
        body: '3;ext="a"\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n',
      })
      const echo = JSON.parse(answer.text) as Echo
      expect(echo.body).toBe('abcde')
      expect(valuesOf(echo, 'x-trailer')).toEqual([])
    })
  })

  describe('many at once', () => {
    test('keep their answers apart', async () => {
      const echoes = await Promise.all(
        Array.from({ length: 60 }, async (_, i) =>
          echoOf(await on.gateway.fetch(`/${i % 2 === 0 ? 'one' : 'raw'}/n${i}?i=${i}`)),
        ),
      )
      for (const [i, { url }] of echoes.entries())
        expect(url).toMatch(new RegExp(`/n${i}\\?i=${i}$`))
    })
  })
}
