import { describe, expect, test } from 'vitest'
import { freshKey, type Echo, type Seen } from '../support/script.ts'
import type { Host } from './host.ts'
import { describeOn, echoOf, useFixture, valuesOf } from './stage.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])$/

const idsOf = (seen: readonly Seen[]) => seen.flatMap((one) => valuesOf(one, 'x-request-id'))
const traceOf = (echo: Pick<Echo, 'headers'>) =>
  TRACEPARENT.exec(valuesOf(echo, 'traceparent').join())?.slice(1) ?? []

/** Request ids and distributed traces. */
export function tracing(host: Host): void {
  requestIds(host)
  traces(host)
}

function requestIds(host: Host): void {
  const on = useFixture(host)
  describe('X-Request-Id', () => {
    test.each(['/one/x', '/raw/x', '/guarded/x'])('of the client is kept: %s', async (path) => {
      const headers = { 'X-Request-Id': 'Client.id_1-2:3' }
      const answer = await on.gateway.fetch(path, { headers })
      expect(answer.headers.get('x-request-id')).toBe('Client.id_1-2:3')
      expect(valuesOf(await echoOf(answer), 'x-request-id')).toEqual(['Client.id_1-2:3'])
    })

    test('is made if missing, and never twice the same', async () => {
      const ids: (readonly string[])[] = []
      for (const path of ['/one/x', '/one/x', '/raw/x']) {
        ids.push(valuesOf(await echoOf(await on.gateway.fetch(path)), 'x-request-id'))
      }
      expect(ids.map((one) => one.length)).toEqual([1, 1, 1])
      expect(new Set(ids.flat()).size).toBe(3)
    })

    test.each(['x'.repeat(5000), 'a "b"', '{"a":1}'])(
      'that could do harm is replaced: %.20s',
      async (id) => {
        const answer = await on.gateway.fetch('/one/x', { headers: { 'X-Request-Id': id } })
        const [made = ''] = valuesOf(await echoOf(answer), 'x-request-id')
        expect(made).not.toBe(id)
        expect(made).toMatch(/^[\w-]{8,}$/)
      },
    )

    test('is fresh for each further part of a merge', async () => {
      const key = freshKey()
      await on.first.script(key, { body: '{}' })
      await on.gateway.fetch(`/merge/${key}`, { headers: { 'X-Request-Id': 'merged-0001' } })
      const ids = idsOf(await on.first.seen(key))
      expect(ids).toHaveLength(3)
      expect(new Set(ids).size).toBe(3)
      expect(ids.filter((id) => id === 'merged-0001')).toHaveLength(1)
    })

    test('is fresh after a redirect', async () => {
      const key = freshKey()
      await on.first.script(key, { one: { status: 302, headers: [['Location', `/to/${key}`]] } })
      await on.gateway.fetch(`/one/${key}`)
      expect(new Set(idsOf(await on.first.seen(key))).size).toBe(2)
    })
  })

  describeOn(host, 'socket', 'X-Request-Id on the wire', () => {
    test('goes upstream once even if it came twice', async () => {
      const headers = [
        ['X-Request-Id', 'first-0001'],
        ['x-request-id', 'second-0002'],
      ] as const
      const answer = await on.wire.ask({ target: '/raw/x', headers })
      const ids = valuesOf(JSON.parse(answer.text) as Echo, 'x-request-id')
      expect(ids).toHaveLength(1)
      expect(ids[0]).not.toContain(',')
    })
  })
}

function traces(host: Host): void {
  const on = useFixture(host)
  const traced = async (headers: Record<string, string>, path = '/one/x') =>
    echoOf(await on.gateway.fetch(path, { headers }))

  describe('a trace', () => {
    test.each(['/one/x', '/raw/x'])('of W3C goes on: %s', async (path) => {
      const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'a=1,b=2' }
      const echo = await traced(headers, path)
      expect(traceOf(echo)).toEqual([TRACE, expect.any(String), '01'])
      expect(valuesOf(echo, 'tracestate')).toEqual(['a=1,b=2'])
    })

    test('that is not sampled stays so', async () => {
      expect(traceOf(await traced({ traceparent: `00-${TRACE}-${SPAN}-00` }))[2]).toBe('00')
    })

    test('of B3 in one header goes on', async () => {
      const echo = await traced({ b3: `${TRACE}-${SPAN}-1` })
      expect(valuesOf(echo, 'b3').join()).toMatch(new RegExp(`^${TRACE}-[0-9a-f]{16}-1`))
      expect(traceOf(echo)[0]).toBe(TRACE)
    })

    test('of B3 in several headers goes on', async () => {
      const echo = await traced({
        'X-B3-TraceId': TRACE,
        'X-B3-SpanId': SPAN,
        'X-B3-ParentSpanId': '05e3ac9a4f6e3b90',
        'X-B3-Sampled': '1',
      })
      expect(valuesOf(echo, 'x-b3-traceid')).toEqual([TRACE])
      expect(valuesOf(echo, 'x-b3-sampled')).toEqual(['1'])
      expect(traceOf(echo)[0]).toBe(TRACE)
    })

    test('of B3 with a short id goes on under the same id, padded', async () => {
      const echo = await traced({ 'X-B3-TraceId': 'a3ce929d0e0e4736', 'X-B3-SpanId': SPAN })
      expect(traceOf(echo)[0]).toBe('0000000000000000a3ce929d0e0e4736')
    })

    test('starts where none came', async () => {
      const [one] = traceOf(await traced({}))
      const [two] = traceOf(await traced({}))
      expect(one).toMatch(/^(?!0{32})[0-9a-f]{32}$/)
      expect(two).not.toBe(one)
    })

    test.each([
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01-extra`,
      'nonsense',
    ])('starts anew where a broken one came: %s', async (traceparent) => {
      const echo = await traced({ traceparent, tracestate: 'a=1' })
      expect(traceOf(echo)[0]).toMatch(/^(?!0{32})[0-9a-f]{32}$/)
      expect(traceOf(echo)[0]).not.toBe(TRACE)
      expect(valuesOf(echo, 'tracestate')).toEqual([])
    })

    test('of a later version is read as far as it is known', async () => {
      expect(traceOf(await traced({ traceparent: `01-${TRACE}-${SPAN}-01-more` }))[0]).toBe(TRACE)
    })

    test('is one for all parts of a merge', async () => {
      const key = freshKey()
      await on.gateway.fetch(`/merge/${key}`)
      const traces = (await on.first.seen(key)).map((seen) => traceOf(seen)[0])
      expect(traces).toHaveLength(3)
      expect(new Set(traces).size).toBe(1)
    })
  })
}
