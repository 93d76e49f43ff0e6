import { describe, expect, test } from 'vitest'
import { freshKey, type Script } from '../support/script.ts'
import type { Host } from './host.ts'
import { expectStamp, problemOf, useFixture, valuesOf } from './stage.ts'

/** Several backends of one route, called at once. */
export function merge(host: Host): void {
  goodMerges(host)
  failedMerges(host)
  postedMerges(host)
}

function goodMerges(host: Host): void {
  const on = useFixture(host)
  const merged = async (path: string, script: Script) => {
    const key = freshKey()
    await on.first.script(key, script)
    return on.gateway.fetch(`${path}/${key}`)
  }

  describe('a merge', () => {
    test('is in declaration order, whoever is first', async () => {
      const answer = await merged('/merge', {
        a: { pauseMs: 120, body: '{"x":"a","a":1.10}' },
        b: { pauseMs: 60, body: '{"x":"b","b":12345678901234567890}' },
        c: { body: '{"x":"c","c":3}' },
      })
      expect(answer.status).toBe(200)
      expect(JSON.parse(await answer.clone().text())).toMatchObject({ x: 'c', a: 1.1, c: 3 })
      expect(await answer.text()).toMatch(/"a":1\.10.*"b":12345678901234567890/)
      expectStamp(answer, true)
    })

    test('is 200 even if parts are 201, and empty parts add nothing', async () => {
      const answer = await merged('/merge', {
        a: { status: 201, body: '{"a":1}' },
        b: { status: 204 },
        c: { body: '{}' },
      })
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ a: 1 })
      expectStamp(answer, true)
    })

    test('calls its backends at once', async () => {
      const key = freshKey()
      await on.first.script(key, {
        a: { gate: 'go', body: '{}' },
        b: { body: '{}' },
        c: { body: '{}' },
      })
      const answer = on.gateway.fetch(`/merge/${key}`)
      await on.first.until(key, (seen) => seen.length === 3)
      await on.first.open(key, 'go')
      expect((await answer).status).toBe(200)
    })

    test('deep-merges groups of one name and nests collections', async () => {
      const answer = await merged('/groups', {
        a: { body: '{"same":{"a":1,"leaf":1}}' },
        b: { body: '{"same":{"b":2,"leaf":2}}' },
        c: { body: '[1,{"x":2}]' },
      })
      expect(await answer.json()).toEqual({
        g: { same: { a: 1, b: 2, leaf: 2 } },
        list: [1, { x: 2 }],
      })
    })

    test('of more than six backends is whole', async () => {
      const parts = Array.from({ length: 12 }, (_, i) => `p${String(i + 1).padStart(2, '0')}`)
      const script = Object.fromEntries(parts.map((name) => [name, { body: `{"${name}":1}` }]))
      const answer = await merged('/dozen', script)
      expect(Object.keys((await answer.json()) as object)).toEqual(parts)
    })
  })
}

function failedMerges(host: Host): void {
  const on = useFixture(host)
  const merged = async (path: string, script: Script) => {
    const key = freshKey()
    await on.first.script(key, script)
    return on.gateway.fetch(`${path}/${key}`)
  }

  describe('a merge with failures', () => {
    test.each([
      ['a refusal', { status: 404, body: 'upstream body' }],
      ['an undecodable answer', { body: '<html>' }],
      ['a broken connection', { steps: [{ text: '{' }, { do: 'reset' }] }],
      ['a late answer', { gate: 'never' }],
    ] as const)('is 200 with what could be merged: %s', async (_, c) => {
      const answer = await merged('/merge', { a: { body: '{"a":1}' }, b: { body: '{"b":2}' }, c })
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ a: 1, b: 2 })
      expect(expectStamp(answer, false)).not.toContain('upstream body')
    })

    test('joins the messages of the failed parts', async () => {
      const answer = await merged('/merge', {
        a: { status: 404 },
        b: { status: 500 },
        c: { body: '{"c":3}' },
      })
      expect(await answer.json()).toEqual({ c: 3 })
      const messages = expectStamp(answer, false).split('; ')
      expect(messages).toEqual([expect.stringContaining('404'), expect.stringContaining('500')])
    })

    test.each([
      ['the status they share', [404, 404, 404], 404],
      ['502 else', [404, 404, 500], 502],
    ] as const)('is %s when all failed', async (_, [a, b, c], status) => {
      const answer = await merged('/merge', {
        a: { status: a, body: 'secret a' },
        b: { status: b },
        c: { status: c },
      })
      expect(answer.status).toBe(status)
      expectStamp(answer, false)
      const problem = await problemOf(answer)
      expect(problem.parts).toHaveLength(3)
      expect(problem.parts?.[0]).toMatchObject({ status: a })
      expect(JSON.stringify(problem)).not.toContain('secret a')
    })

    test('counts unreachable and late parts as 502 and 504', async () => {
      const answer = await merged('/merge-late', { a: { gate: 'never' } })
      expect(answer.status).toBe(502)
      const { parts } = await problemOf(answer)
      expect(parts?.map(({ status }) => status)).toEqual([504, 502])
    })

    test('merges error details with the rest', async () => {
      const key = freshKey()
      await on.first.script(key, { a: { body: '{"a":1}' }, b: { status: 500, body: 'oh' } })
      const answer = await on.gateway.fetch(`/merge-details/${key}`)
      expect(answer.status).toBe(200)
      expectStamp(answer, false)
      expect(await answer.json()).toEqual({
        a: 1,
        error_b: { http_status_code: 500, http_body: 'oh', http_path: `/b/${key}` },
      })
    })
  })
}

function postedMerges(host: Host): void {
  const on = useFixture(host)
  describe('several backends for POST', () => {
    test('each get the body, the type and their own request id', async () => {
      const key = freshKey()
      const headers = { 'Content-Type': 'text/x', 'X-Request-Id': 'posted-0001' }
      const answer = await on.gateway.fetch(`/merge/${key}`, { method: 'POST', headers, body: 'B' })
      expect(answer.status).toBe(200)
      const seen = await on.first.seen(key)
      expect(seen.map(({ method, body }) => `${method} ${body}`)).toEqual(Array(3).fill('POST B'))
      for (const request of seen) expect(valuesOf(request, 'content-type')).toEqual(['text/x'])
      const ids = seen.map((request) => valuesOf(request, 'x-request-id')[0])
      expect(new Set(ids).size).toBe(3)
      expect(ids).toContain('posted-0001')
    })

    test('a body of 1 MiB is sent', async () => {
      const key = freshKey()
      await on.first.script(key, { body: '{}' })
      const body = 'x'.repeat(MIB)
      const answer = await on.gateway.fetch(`/merge/${key}`, { method: 'POST', body })
      expect(answer.status).toBe(200)
      expect((await on.first.seen(key)).map(({ bytes }) => bytes)).toEqual([MIB, MIB, MIB])
    })

    test.each([
      ['a declared', () => 'x'.repeat(MIB + 1)],
      ['a streamed', () => pieces(MIB / 1000 + 1, 1000)],
    ])('%s body above 1 MiB is 413', async (_, body) => {
      const key = freshKey()
      const answer = await on.gateway.fetch(`/merge/${key}`, { method: 'POST', body: body() })
      expect(answer.status).toBe(413)
      expect((await problemOf(answer)).detail).toContain(String(MIB))
      expect(await on.first.seen(key)).toEqual([])
    })
  })
}

const MIB = 1024 * 1024

/** A body of unknown length. */
function pieces(count: number, bytes: number): ReadableStream<Uint8Array> {
  let left = count
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(bytes))
      else controller.close()
    },
  })
}
