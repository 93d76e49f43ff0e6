import { describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Host } from './host.ts'
import { describeOn, echoOf, expectStamp, problemOf, useFixture } from './stage.ts'

const KB = 1000

/** A body without a declared length. */
function streamOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk))
      controller.close()
    },
  })
}

/** Addresses, sizes and depths: what is judged before anybody is asked who it is. */
export function bodyLimits(host: Host): void {
  const on = useFixture(host)

  const refused = async (answer: Response, status: number) => {
    expect(answer.status).toBe(status)
    expectStamp(answer, false)
    return problemOf(answer)
  }

  describe('mw-ipfilter', () => {
    test('keeps out by address, whatever a client says of its own', async () => {
      const key = freshKey()
      const claims = {
        'X-Forwarded-For': '198.51.100.1',
        'X-Real-IP': '198.51.100.1',
        Forwarded: 'for=198.51.100.1',
      }
      for (const headers of [{}, claims]) {
        await refused(await on.gateway.fetch(`/elsewhere/${key}`, { headers }), 403)
      }
      expect(await on.first.seen(key)).toEqual([])
    })

    test('lets in by address', async () => {
      await echoOf(await on.gateway.fetch('/here/x'))
    })
  })

  const PATHS = ['/small', '/small-formatted', '/small-merged']

  describe('mw-bodylimit', () => {
    test.each(PATHS)('passes a body of exactly the limit: %s', async (path) => {
      const body = 'x'.repeat(KB)
      for (const sent of [body, streamOf('x'.repeat(999), 'x')]) {
        const answer = await on.gateway.fetch(`${path}/x`, { method: 'POST', body: sent })
        expect(answer.status).toBe(200)
        expect(await answer.text()).toContain(body)
      }
    })

    test.each(PATHS)('refuses a declared length above it and calls nobody: %s', async (path) => {
      const key = freshKey()
      const body = 'x'.repeat(KB + 1)
      const problem = await refused(
        await on.gateway.fetch(`${path}/${key}`, { method: 'POST', body }),
        413,
      )
      expect(problem.detail).toContain('1000 bytes')
      expect(await on.first.seen(key)).toEqual([])
    })

    test.each(PATHS)('refuses a stream that turns out longer: %s', async (path) => {
      const key = freshKey()
      const body = streamOf('x'.repeat(KB), 'x')
      await refused(await on.gateway.fetch(`${path}/${key}`, { method: 'POST', body }), 413)
      for (const seen of await on.first.seen(key)) expect(seen.isWhole).toBe(false)
    })

    test.each([
      ['[[[[1]]]]', 200],
      ['[[[[[1]]]]]', 400],
      ['{"a":{"b":{"c":{"d":{}}}}}', 400],
      [`{"a":"${'['.repeat(100)}"}`, 200],
      ['['.repeat(60_000), 400],
    ])('judges the depth of JSON: %.40s is %i', async (body, status) => {
      const key = freshKey()
      const headers = { 'Content-Type': 'application/json' }
      for (const sent of [body, streamOf(body)]) {
        const answer = await on.gateway.fetch(`/shallow/${key}`, {
          method: 'POST',
          headers,
          body: sent,
        })
        if (status === 200) expect((await echoOf(answer)).body).toBe(body)
        else await refused(answer, status)
      }
      if (status !== 200) expect(await on.first.seen(key)).toEqual([])
    })

    test.each(['Application/Problem+JSON', 'text/plain;x=json', 'text/json', ''])(
      'judges it under the content type %j too',
      async (type) => {
        const body = Uint8Array.from('[[[[[]]]]]', (char) => char.charCodeAt(0))
        const headers = type === '' ? {} : { 'Content-Type': type }
        await refused(await on.gateway.fetch('/shallow/x', { method: 'POST', headers, body }), 400)
      },
    )

    test('streams what is no JSON, whatever it looks like', async () => {
      const headers = { 'Content-Type': 'application/octet-stream' }
      const body = '[[[[[[[['
      const echo = await echoOf(
        await on.gateway.fetch('/shallow/x', { method: 'POST', headers, body }),
      )
      expect(echo.body).toBe(body)
    })

    test('refuses to look into what is compressed', async () => {
      const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
      await refused(
        await on.gateway.fetch('/shallow/x', { method: 'POST', headers, body: 'x' }),
        415,
      )
    })

    test('does not mind requests without a body', async () => {
      for (const method of ['GET', 'DELETE', 'POST']) {
        await echoOf(await on.gateway.fetch('/shallow/x', { method }))
      }
    })
  })

  describeOn(host, 'socket', 'on the wire', () => {
    test('an endless body ends at the limit, and so does its upstream call', async () => {
      const key = freshKey()
      const connection = await on.wire.open()
      connection.write(
        `POST /small/${key} HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n`,
      )
      const chunk = `1f4\r\n${'x'.repeat(500)}\r\n`
      connection.write(chunk)
      await on.first.until(key, ([seen]) => seen !== undefined)
      connection.write(chunk + chunk)
      // What was not read when the answer went may reset the connection before it is read.
      expect(await connection.until((received) => received.includes('\r\n\r\n'))).toMatch(
        /^(HTTP\/1.1 413 |$)/,
      )
      await on.first.until(key, ([seen]) => seen?.isAborted === true)
      connection.close()
    })

    test('a length that is a lie is no way past', async () => {
      const key = freshKey()
      const connection = await on.wire.open()
      connection.write(
        `POST /small/${key} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n${'x'.repeat(5000)}`,
      )
      await connection.until((received) => received.includes('\r\n\r\n'))
      connection.close()
      for (const seen of await on.first.seen(key)) expect(seen.bytes).toBeLessThanOrEqual(5)
    })
  })
}
