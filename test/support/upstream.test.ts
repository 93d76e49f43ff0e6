import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { askRaw, openRaw, parseAnswer } from './raw.ts'
import { controlUpstream, freshKey, type Answer, type Echo, type Upstream } from './script.ts'
import { startUpstream, type UpstreamServer } from './upstream.ts'

let server: UpstreamServer
let upstream: Upstream
beforeAll(async () => {
  server = await startUpstream()
  upstream = controlUpstream(server.url)
})
afterAll(() => server.close())

/** Scripts an answer and returns the target that gets it. */
async function scripted(answer: Answer): Promise<{ key: string; target: string }> {
  const key = freshKey()
  await upstream.script(key, answer)
  return { key, target: `/${key}` }
}

describe('without a script', () => {
  test('echoes the request byte for byte', async () => {
    const answer = await askRaw(server.url, {
      method: 'PUT',
      target: "/a//b/..;/%2e%7E?x=%20+&&='",
      headers: [
        ['X-ODD', 'one'],
        ['x-odd', 'two'],
        ['Content-Length', '3'],
      ],
      body: 'abc',
    })
    const echo = JSON.parse(answer.text) as Echo
    expect(echo).toMatchObject({ server: 'first', method: 'PUT', body: 'abc' })
    expect(echo.url).toBe("/a//b/..;/%2e%7E?x=%20+&&='")
    expect(echo.headers.slice(1, 3)).toEqual([
      ['X-ODD', 'one'],
      ['x-odd', 'two'],
    ])
  })
})

describe('with a script', () => {
  test('answers status, several headers of one name, and body', async () => {
    const { key, target } = await scripted({
      status: 418,
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ],
      body: 'short and stout',
    })
    const answer = await fetch(server.url + target)
    expect(answer.status).toBe(418)
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await answer.text()).toBe('short and stout')
    expect(await upstream.seen(key)).toMatchObject([{ method: 'GET', isFinished: true }])
  })

  test('chooses the answer by path segment', async () => {
    const key = freshKey()
    await upstream.script(key, { a: { body: 'A' }, '*': { body: 'other' } })
    expect(await (await fetch(`${server.url}/${key}/a?q`)).text()).toBe('A')
    expect(await (await fetch(`${server.url}/${key}/b`)).text()).toBe('other')
  })

  test('a gate holds the answer back until the test opens it', async () => {
    const { key, target } = await scripted({
      steps: [{ text: 'first,' }, { gate: 'rest' }, { text: 'last' }],
    })
    const connection = await openRaw(server.url)
    connection.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const early = await connection.until((text) => text.includes('first'))
    expect(early).not.toContain('last')
    await upstream.open(key, 'rest')
    const whole = await connection.until((text) => parseAnswer(text, 'GET')?.isComplete === true)
    expect(parseAnswer(whole, 'GET')?.text).toBe('first,last')
    connection.close()
  })

  test('a client that resets is seen as an abort', async () => {
    const { key, target } = await scripted({ gate: 'never' })
    const connection = await openRaw(server.url)
    connection.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await upstream.until(key, (seen) => seen.length === 1)
    connection.reset()
    const [seen] = await upstream.until(key, ([seen]) => seen?.isAborted === true)
    expect(seen?.isFinished).toBe(false)
  })

  test.each(['reset', 'close'] as const)('%s breaks the body off', async (how) => {
    const { target } = await scripted({ steps: [{ text: 'part' }, { do: how }] })
    const answer = await askRaw(server.url, { target })
    expect(answer.isComplete).toBe(false)
  })

  test('an endless body ends when the reader goes away', async () => {
    const { key, target } = await scripted({ steps: [{ do: 'forever' }] })
    const answer = await fetch(server.url + target)
    await answer.body?.cancel()
    await upstream.until(key, ([seen]) => seen?.isAborted === true)
  })

  test('bytes on the wire can lie about their length', async () => {
    const { target } = await scripted({ wire: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort' })
    expect(await askRaw(server.url, { target })).toMatchObject({ text: 'short', isComplete: false })
  })

  test('compresses on demand', async () => {
    const { target } = await scripted({ body: 'squeeze', gzip: true })
    const answer = await askRaw(server.url, { target })
    expect(answer.header('content-encoding')).toBe('gzip')
    expect(gunzipSync(answer.body).toString()).toBe('squeeze')
  })

  test('serves ranges of a file, and 304 to its etag', async () => {
    const { target } = await scripted({ file: { bytes: 100, etag: '"e"' } })
    const part = await askRaw(server.url, { target, headers: [['Range', 'bytes=1-3']] })
    expect(part).toMatchObject({ status: 206, text: 'bcd' })
    expect(part.header('content-range')).toBe('bytes 1-3/100')
    const none = await askRaw(server.url, { target, headers: [['If-None-Match', '"e"']] })
    expect(none.status).toBe(304)
    const head = await askRaw(server.url, { method: 'HEAD', target })
    expect(head.header('content-length')).toBe('100')
  })
})

describe('request bodies', () => {
  test('are counted and hashed, and their first byte is timed', async () => {
    const { key, target } = await scripted({ status: 204 })
    const body = 'y'.repeat(200_000)
    await fetch(server.url + target, { method: 'POST', body })
    const [seen] = await upstream.seen(key)
    expect(seen).toMatchObject({ bytes: 200_000, isWhole: true })
    expect(seen?.sha256).toBe(createHash('sha256').update(body).digest('hex'))
    expect(seen?.firstByteAt).toBeGreaterThan(0)
  })

  test('an early answer does not wait for them', async () => {
    const { key, target } = await scripted({ early: true, status: 200, body: 'early' })
    const connection = await openRaw(server.url)
    connection.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab`)
    await connection.until((text) => text.includes('early'))
    await upstream.until(key, ([seen]) => seen?.body === 'ab')
    connection.close()
  })
})

describe('WebSockets', () => {
  const closing = (socket: WebSocket) =>
    new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)))

  test('echo, and close when asked to', async () => {
    const key = freshKey()
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/${key}`)
    await new Promise((resolve) => socket.once('open', resolve))
    const echoed = new Promise((resolve) =>
      socket.once('message', (data: Buffer) => resolve(data.toString())),
    )
    socket.send('hello')
    expect(await echoed).toBe('hello')
    socket.send('close 4001 enough')
    expect(await closing(socket)).toBe(4001)
    await upstream.until(key, ([seen]) => seen?.closeCode === 4001)
  })

  test('a scripted status refuses the upgrade', async () => {
    const { target } = await scripted({ status: 403, body: 'no' })
    const socket = new WebSocket(server.url.replace('http', 'ws') + target)
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (_, answer) => resolve(answer.statusCode))
    })
    expect(status).toBe(403)
    socket.once('error', () => {})
    socket.terminate()
  })
})
