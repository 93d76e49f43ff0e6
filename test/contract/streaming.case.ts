import { describe, expect, test } from 'vitest'
import { parseAnswer } from '../support/raw.ts'
import { freshKey, type Answer, type Echo } from '../support/script.ts'
import type { Host } from './host.ts'
import { describeOn, expectStamp, problemOf, useFixture, valuesOf } from './stage.ts'

/** Answers that are handed on as they come, and requests too. */
export function streaming(host: Host): void {
  untouched(host)
  downstream(host)
  upstream(host)
  broken(host)
  cancelled(host)
  webSockets(host)
}

function untouched(host: Host): void {
  const on = useFixture(host)
  const scripted = async (answer: Answer) => {
    const key = freshKey()
    await on.first.script(key, answer)
    return `/raw/${key}`
  }

  describe('an answer without decoding', () => {
    test.each([200, 201, 202, 204, 206, 300, 404, 410, 500, 503])(
      'keeps its status %i',
      async (status) => {
        const answer = await on.gateway.fetch(await scripted({ status, body: '' }))
        expect(answer.status).toBe(status)
        expectStamp(answer, status < 400)
      },
    )

    test('keeps its headers, and every Set-Cookie', async () => {
      const path = await scripted({
        headers: [
          ['Content-Type', 'text/csv; header=present'],
          ['Set-Cookie', 'a=1; Path=/, not a separator; Expires=Thu, 01 Jan 2026 00:00:00 GMT'],
          ['Set-Cookie', 'b=2; HttpOnly'],
          ['ETag', 'W/"x"'],
          ['Last-Modified', 'Thu, 01 Jan 2026 00:00:00 GMT'],
          ['Cache-Control', 'private, max-age=1'],
          ['Content-Disposition', 'attachment; filename="a b.csv"'],
          ['X-Custom', 'custom'],
        ],
        body: 'a,b\n',
      })
      const answer = await on.gateway.fetch(path)
      expect(await answer.text()).toBe('a,b\n')
      expect(answer.headers.getSetCookie()).toEqual([
        'a=1; Path=/, not a separator; Expires=Thu, 01 Jan 2026 00:00:00 GMT',
        'b=2; HttpOnly',
      ])
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'text/csv; header=present',
        'content-length': '4',
        etag: 'W/"x"',
        'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
        'cache-control': 'private, max-age=1',
        'content-disposition': 'attachment; filename="a b.csv"',
        'x-custom': 'custom',
      })
    })

    test('has no body for HEAD but the length it would have', async () => {
      const path = await scripted({ file: { bytes: 1234, etag: '"e"' } })
      const answer = await on.gateway.fetch(path, { method: 'HEAD' })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toBe('')
      expect(answer.headers.get('content-length')).toBe('1234')
    })

    test('can be a range', async () => {
      const path = await scripted({ file: { bytes: 100, etag: '"e"' } })
      const headers = { Range: 'bytes=26-28', 'If-Range': '"e"' }
      const answer = await on.gateway.fetch(path, { headers })
      expect(answer.status).toBe(206)
      expect(answer.headers.get('content-range')).toBe('bytes 26-28/100')
      expect(await answer.text()).toBe('abc')
    })

    test('can be 304', async () => {
      const path = await scripted({ file: { bytes: 100, etag: '"e"' } })
      const answer = await on.gateway.fetch(path, { headers: { 'If-None-Match': '"e"' } })
      expect(answer.status).toBe(304)
      expect(answer.headers.get('etag')).toBe('"e"')
    })

    test('keeps bytes that are no text', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
      const path = await scripted({ steps: [{ base64: btoa(String.fromCharCode(...bytes)) }] })
      const answer = await on.gateway.fetch(path)
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes)
    })

    test('loses the hop-by-hop headers of the upstream', async () => {
      const path = await scripted({
        headers: [
          ['Connection', 'X-Hop'],
          ['X-Hop', '1'],
          ['Keep-Alive', 'timeout=99'],
          ['Proxy-Authenticate', 'Basic'],
        ],
        body: '',
      })
      const { headers } = await on.gateway.fetch(path)
      expect(headers.get('x-hop')).toBeNull()
      expect(headers.get('proxy-authenticate')).toBeNull()
      expect(headers.get('keep-alive') ?? '').not.toContain('99')
    })
  })

  describeOn(host, 'socket', 'an answer without decoding, on the wire', () => {
    test('stays compressed as the upstream sent it', async () => {
      const path = await scripted({ body: 'squeeze '.repeat(100), gzip: true })
      const headers = [['Accept-Encoding', 'gzip']] as const
      const direct = await fetch(on.first.url + path, { headers: { 'Accept-Encoding': 'gzip' } })
      const answer = await on.wire.ask({ target: path, headers })
      expect(answer.header('content-encoding')).toBe('gzip')
      expect(answer.body[0]).toBe(0x1f)
      const text = await new Response(
        new Blob([new Uint8Array(answer.body)])
          .stream()
          .pipeThrough(new DecompressionStream('gzip')),
      ).text()
      expect(text).toBe(await direct.text())
    })

    test('is decompressed for nobody in between: a client that accepts nothing', async () => {
      const path = await scripted({ body: 'plain' })
      const answer = await on.wire.ask({ target: path })
      expect(answer.header('content-encoding')).toBeUndefined()
      expect(answer.text).toBe('plain')
    })

    test('HEAD has no body bytes on the wire', async () => {
      const path = await scripted({ file: { bytes: 10, etag: '"e"' } })
      const connection = await on.wire.open()
      connection.write(`HEAD ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      const received = await connection.until(() => false)
      expect(received.endsWith('\r\n\r\n')).toBe(true)
    })
  })
}

function downstream(host: Host): void {
  const on = useFixture(host)
  describe('streaming to the client', () => {
    test.each([
      ['bytes', 'application/octet-stream', 'one', 'two'],
      ['server-sent events', 'text/event-stream', 'data: one\n\n', 'data: two\n\n'],
    ])('the first of the %s arrive before the last are sent', async (_, type, one, two) => {
      const key = freshKey()
      await on.first.script(key, {
        headers: [['Content-Type', type]],
        steps: [{ text: one }, { gate: 'rest' }, { text: two }],
      })
      const answer = await on.gateway.fetch(`/raw/${key}`)
      expect(answer.headers.get('content-type')).toBe(type)
      const reader = readerOf(answer)
      expect(await reader.until(one.length)).toBe(one)
      await on.first.open(key, 'rest')
      expect(await reader.rest()).toBe(one + two)
    })

    test('headers arrive before the first byte of the body', async () => {
      const key = freshKey()
      await on.first.script(key, { steps: [{ gate: 'body' }, { text: 'late' }] })
      const answer = await on.gateway.fetch(`/raw/${key}`)
      expect(answer.status).toBe(200)
      await on.first.open(key, 'body')
      expect(await answer.text()).toBe('late')
    })
  })
}

function readerOf(answer: Response) {
  const decoder = new TextDecoder()
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  const until = async (length: number): Promise<string> => {
    while (text.length < length) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    return text
  }
  return { until, rest: () => until(Infinity), cancel: () => reader.cancel() }
}

function upstream(host: Host): void {
  const on = useFixture(host)
  const sending = () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const send = (text: string) => writer.write(new TextEncoder().encode(text))
    return { readable, send, end: () => writer.close() }
  }

  describe('streaming to the upstream', () => {
    test.each(['/raw', '/one'])(
      'the first bytes arrive before the last are sent: %s',
      async (path) => {
        const key = freshKey()
        const { readable, send, end } = sending()
        const answer = on.gateway.fetch(`${path}/${key}`, { method: 'POST', body: readable })
        await send('first,')
        await on.first.until(key, ([seen]) => seen?.body === 'first,')
        await send('last')
        await end()
        expect(((await (await answer).json()) as Echo).body).toBe('first,last')
      },
    )

    test('both directions at once', async () => {
      const key = freshKey()
      await on.first.script(key, { early: true, steps: [{ text: 'hello' }, { gate: 'end' }] })
      const { readable, send, end } = sending()
      const asking = on.gateway.fetch(`/raw/${key}`, { method: 'POST', body: readable })
      await send('a')
      const reader = readerOf(await asking)
      expect(await reader.until(5)).toBe('hello')
      await send('b')
      await on.first.until(key, ([seen]) => seen?.body === 'ab')
      await end()
      await on.first.open(key, 'end')
      expect(await reader.rest()).toBe('hello')
    })

    test('a large body arrives whole', async () => {
      const key = freshKey()
      await on.first.script(key, { status: 200, body: 'ok' })
      const body = new Uint8Array(3 * 1024 * 1024).fill(7)
      const answer = await on.gateway.fetch(`/raw/${key}`, { method: 'PUT', body })
      expect(await answer.text()).toBe('ok')
      const [seen] = await on.first.seen(key)
      expect(seen?.bytes).toBe(body.length)
      expect(seen && valuesOf(seen, 'content-length')).toEqual([String(body.length)])
    })
  })
}

function broken(host: Host): void {
  const on = useFixture(host)
  describeOn(host, 'socket', 'a stream that breaks is seen to break', () => {
    test.each([
      ['a reset', { steps: [{ text: 'part' }, { pauseMs: 30 }, { do: 'reset' }] }],
      ['an early end', { steps: [{ text: 'part' }, { pauseMs: 30 }, { do: 'close' }] }],
      ['a length too long', { wire: 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart' }],
    ] as const)('%s', async (_, script) => {
      const key = freshKey()
      await on.first.script(key, script)
      const answer = await on.wire.ask({ target: `/raw/${key}` })
      expect(answer.status === 502 || !answer.isComplete).toBe(true)
      expect((await on.gateway.fetch('/items/1')).status).toBe(200)
    })

    test('bytes beyond the length are no part of it', async () => {
      const key = freshKey()
      const wire =
        'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npartHTTP/1.1 200 OK\r\nX-Evil: 1\r\n\r\n'
      await on.first.script(key, { wire })
      const answer = await on.wire.ask({ target: `/raw/${key}` })
      expect(answer.text).not.toContain('Evil')
      expect(answer.header('x-evil')).toBeUndefined()
    })
  })
}

function cancelled(host: Host): void {
  const on = useFixture(host)
  describeOn(host, 'client-abort', 'a client that goes away', () => {
    test.each(['/raw', '/one', '/chain'])(
      'before the answer cancels the call: %s',
      async (path) => {
        const key = freshKey()
        await on.first.script(key, { gate: 'never' })
        const controller = new AbortController()
        const answer = on.gateway.fetch(`${path}/${key}`, { signal: controller.signal })
        await on.first.until(key, (seen) => seen.length === 1)
        controller.abort()
        await expect(answer).rejects.toThrow()
        await on.first.until(key, ([seen]) => seen?.isAborted === true)
      },
    )

    test('cancels all calls of a merge', async () => {
      const key = freshKey()
      await on.first.script(key, { gate: 'never' })
      const controller = new AbortController()
      const answer = on.gateway.fetch(`/groups/${key}`, { signal: controller.signal })
      await on.first.until(key, (seen) => seen.length === 3)
      controller.abort()
      await expect(answer).rejects.toThrow()
      await on.first.until(key, (seen) => seen.every(({ isAborted }) => isAborted))
    })
  })

  describe('a client that reads no further', () => {
    test('cancels an endless answer', async () => {
      const key = freshKey()
      await on.first.script(key, { steps: [{ do: 'forever' }] })
      const reader = readerOf(await on.gateway.fetch(`/raw/${key}`))
      await reader.until(1)
      await reader.cancel()
      await on.first.until(key, ([seen]) => seen?.isAborted === true)
    })
  })

  describeOn(host, 'socket', 'a client that resets', () => {
    const head = (method: string, target: string, more = '') =>
      `${method} ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`

    test.each(['/raw', '/one', '/merge'])(
      'before the answer cancels every call and is one line of the log: %s',
      async (path) => {
        const key = freshKey()
        await on.first.script(key, { gate: 'never' })
        const connection = await on.wire.open()
        connection.write(head('GET', `${path}/${key}`))
        await on.first.until(key, (seen) => seen.length === (path === '/merge' ? 3 : 1))
        connection.reset()
        await on.first.until(key, (seen) => seen.every(({ isAborted }) => isAborted))
        const lines = () => on.gateway.logs().filter((line) => line.includes(`${path}/${key}`))
        await expect.poll(lines).toHaveLength(1)
        expect(lines()[0]).toContain('"status":499')
      },
    )

    test('in the middle of an answer cancels the call', async () => {
      const key = freshKey()
      await on.first.script(key, { steps: [{ text: 'first' }, { gate: 'never' }] })
      const connection = await on.wire.open()
      connection.write(head('GET', `/raw/${key}`))
      await connection.until((text) => text.includes('first'))
      connection.reset()
      await on.first.until(key, ([seen]) => seen?.isAborted === true)
    })

    test('in the middle of a request body cancels the call', async () => {
      const key = freshKey()
      const connection = await on.wire.open()
      connection.write(`${head('POST', `/raw/${key}`, 'Content-Length: 100\r\n')}part`)
      await on.first.until(key, ([seen]) => seen?.body === 'part')
      connection.reset()
      const [seen] = await on.first.until(key, ([seen]) => seen?.isAborted === true)
      expect(seen?.isWhole).toBe(false)
    })
  })

  describeOn(host, 'socket', 'connections', () => {
    test('are kept alive and answer pipelined requests in order', async () => {
      const [one, two] = [freshKey(), freshKey()]
      await on.first.script(one, { pauseMs: 80, body: '{"a":"one"}' })
      await on.first.script(two, { body: '{"a":"two"}' })
      const connection = await on.wire.open()
      for (const key of [one, two]) connection.write(`GET /one/${key} HTTP/1.1\r\nHost: x\r\n\r\n`)
      const received = await connection.until((text) => text.includes('"two"'))
      expect(received.indexOf('"one"')).toBeLessThan(received.indexOf('"two"'))
      expect(parseAnswer(received, 'GET')?.text).toBe('{"a":"one"}')
      connection.close()
    })
  })
}

function webSockets(host: Host): void {
  const on = useFixture(host)
  describe('WebSocket', () => {
    test('passes text and bytes both ways', async () => {
      const key = freshKey()
      const talk = await on.gateway.webSocket(`/raw/${key}?a=%20b`)
      talk.send('한글')
      expect(await talk.next()).toBe('한글')
      talk.send(new Uint8Array([0, 255, 10]))
      expect(await talk.next()).toEqual(new Uint8Array([0, 255, 10]))
      talk.send('x'.repeat(100_000))
      expect(await talk.next()).toHaveLength(100_000)
      talk.close(4002, 'done')
      const [seen] = await on.first.until(key, ([seen]) => seen?.closeCode !== undefined)
      expect(seen).toMatchObject({ url: `/raw/${key}?a=%20b`, closeCode: 4002 })
    })

    test('passes on headers and the protocol, and a close by the upstream', async () => {
      const key = freshKey()
      const headers = { 'Sec-WebSocket-Protocol': 'chat, other', Authorization: 'Bearer mine' }
      const talk = await on.gateway.webSocket(`/raw/${key}`, headers)
      expect(talk.protocol).toBe('chat')
      const [seen] = await on.first.seen(key)
      expect(seen && valuesOf(seen, 'authorization')).toEqual(['Bearer mine'])
      talk.send('close 4001 enough')
      expect(await talk.closed).toBe(4001)
    })

    test('carries the credentials of its upstream', async () => {
      const key = freshKey()
      const talk = await on.gateway.webSocket(`/guarded-raw/${key}`)
      const [seen] = await on.first.seen(key)
      expect(seen && valuesOf(seen, 'authorization')).toEqual([expect.stringMatching(/^Basic /)])
      talk.close(1000, '')
    })

    test('ends with the client when the upstream drops it', async () => {
      const talk = await on.gateway.webSocket(`/raw/${freshKey()}`)
      talk.send('drop')
      expect(await talk.closed).toBe(1006)
    })

    test('a refused upgrade comes as it is', async () => {
      const key = freshKey()
      await on.first.script(key, { status: 403, body: 'no' })
      await expect(on.gateway.webSocket(`/raw/${key}`)).rejects.toThrow('403')
    })

    test('an upgrade of an unreachable upstream is 502', async () => {
      await expect(on.gateway.webSocket('/unreachable-raw/x')).rejects.toThrow('502')
    })

    test('a request for an upgrade on a formatted route is answered without one', async () => {
      await expect(on.gateway.webSocket('/one/x')).rejects.toThrow('200')
    })

    test('an idle connection outlives the timeout of its route', async () => {
      const talk = await on.gateway.webSocket(`/late-raw/${freshKey()}`)
      await new Promise((resolve) => setTimeout(resolve, 350))
      talk.send('still there')
      expect(await talk.next()).toBe('still there')
      talk.close(1000, '')
    })
  })

  describe('an unreachable upstream', () => {
    test('is a problem on a streamed route', async () => {
      const answer = await on.gateway.fetch('/unreachable-raw/x')
      expect(answer.status).toBe(502)
      await problemOf(answer)
    })
  })
}
