import { describe, expect, test } from 'vitest'
import { freshKey, type Script } from '../support/script.ts'
import type { Host } from './host.ts'
import { expectStamp, problemOf, useFixture, valuesOf } from './stage.ts'

/** Backends that are called one after another, each with fields of the answers before it. */
export function sequential(host: Host): void {
  const on = useFixture(host)
  const run = async (path: string, script: Script) => {
    const key = freshKey()
    await on.first.script(key, script)
    const answer = await on.gateway.fetch(`${path}/${key}`)
    const seen = await on.first.seen(key)
    return { key, answer, urls: seen.map(({ url }) => url.replace(key, 'K')), seen }
  }

  describe('a chain', () => {
    test('continues while answers are good, and merges them in order', async () => {
      const { answer, urls } = await run('/chain', {
        first: { body: '{"id":12345678901234567890,"x":"first"}' },
        second: { status: 201, body: '{"id":"b c","x":"second"}' },
        third: { body: '{"x":"third","done":true}' },
      })
      expect(urls).toEqual([
        '/first/K',
        '/second/K/12345678901234567890',
        '/third/K/b%20c?from=12345678901234567890',
      ])
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ id: 'b c', x: 'third', done: true })
      expectStamp(answer, true)
    })

    test.each([
      ['/paths', '/second/K/deep/u-1/2'],
      ['/canonical', '/second/K/deep'],
    ])('reads nested fields, hyphens and array indexes: %s', async (path, url) => {
      const { urls } = await run(path, {
        first: { body: '{"a":{"b":"deep"},"user-id":"u-1","list":[{"id":1},{"id":2}]}' },
        second: { body: '{}' },
      })
      expect(urls).toEqual(['/first/K', url])
    })

    test('reads the answer as it was shaped', async () => {
      const { answer, urls } = await run('/shaped-chain', {
        first: { body: '{"data":{"old":7}}' },
        second: { body: '{"second":true}' },
      })
      expect(urls).toEqual(['/first/K', '/second/K/7'])
      expect(await answer.json()).toEqual({ g: { new: 7 }, second: true })
    })

    test.each(['a/b', '../x', '..', '.', 'a?b=c#d', '%2e%2e', '한글', '\u0000\r\n', ''])(
      'a value stays one segment of the next URL: %j',
      async (id) => {
        const { answer, urls } = await run('/chain', {
          first: { body: JSON.stringify({ id }) },
          second: { body: '{"id":1}' },
          third: { body: '{}' },
        })
        const [, second] = urls
        if (second === undefined) return expect(answer.status).toBe(200)
        const [path = '', query] = second.split('?')
        expect(query).toBeUndefined()
        expect(path.split('/')).toHaveLength(4)
        expect(decodeURIComponent(path.split('/')[3] ?? '')).toBe(id)
      },
    )

    test.each([true, 1.1, -0.5])('a value %j becomes its text', async (id) => {
      const { urls } = await run('/chain', { first: { body: JSON.stringify({ id }) } })
      expect(urls[1]).toBe(`/second/K/${id}`)
    })
  })

  describe('a chain that fails', () => {
    test.each([
      ['a refusal', { status: 500, body: 'upstream body' }],
      ['an undecodable answer', { body: '[' }],
    ])('stops at %s, and answers what it has', async (_, second) => {
      const { answer, urls } = await run('/chain', {
        first: { body: '{"id":1,"a":true}' },
        second,
      })
      expect(urls).toEqual(['/first/K', '/second/K/1'])
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ id: 1, a: true })
      expect(expectStamp(answer, false)).not.toContain('upstream body')
    })

    test('at its first backend has that status', async () => {
      const { answer, urls } = await run('/chain', { first: { status: 404, body: 'gone' } })
      expect(urls).toEqual(['/first/K'])
      expect(answer.status).toBe(404)
      expectStamp(answer, false)
    })

    test.each([
      ['missing', '{"other":1}'],
      ['null', '{"id":null}'],
      ['an object', '{"id":{"x":1}}'],
      ['an array', '{"id":[1]}'],
      ['inherited', '{"toString":1}'],
    ])('a field that is %s calls no wrong URL', async (_, body) => {
      const { answer, urls } = await run('/chain', { first: { body } })
      expect(urls).toEqual(['/first/K'])
      expect(answer.status).toBe(200)
      expectStamp(answer, false)
    })

    test('has one budget for all of its calls', async () => {
      const startedAt = Date.now()
      const { answer } = await run('/hurried', {
        first: { pauseMs: 300, body: '{"a":1}' },
        second: { gate: 'never' },
      })
      expect(Date.now() - startedAt).toBeLessThan(650)
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ a: 1 })
      expectStamp(answer, false)
    })

    test('that gets nothing in time is 504', async () => {
      const { answer } = await run('/hurried', { first: { gate: 'never' } })
      expect(answer.status).toBe(504)
      await problemOf(answer)
    })
  })

  describe('the calls of a chain', () => {
    test('have request ids of their own in one trace', async () => {
      const { seen } = await run('/paths', {
        first: { body: '{"a":{"b":1},"user-id":2,"list":[0,{"id":3}]}' },
        second: { body: '{}' },
      })
      const ids = seen.map((request) => valuesOf(request, 'x-request-id')[0])
      expect(new Set(ids).size).toBe(2)
      const traces = seen.map((request) => valuesOf(request, 'traceparent')[0]?.split('-')[1])
      expect(new Set(traces).size).toBe(1)
    })
  })
}
