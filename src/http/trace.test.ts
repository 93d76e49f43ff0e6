import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTrace, writeTrace } from './trace.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const PARENT = `00-${TRACE}-${SPAN}-01`
const read = (headers: Record<string, string>) => readTrace(new Headers(headers))

describe('a trace that arrives is continued', () => {
  test.each([
    ['traceparent', { traceparent: PARENT }, true],
    ['traceparent, not sampled', { traceparent: `00-${TRACE}-${SPAN}-00` }, false],
    ['traceparent, unknown flags', { traceparent: `00-${TRACE}-${SPAN}-fe` }, false],
    ['traceparent of a later version', { traceparent: `cc-${TRACE}-${SPAN}-01` }, true],
    ['traceparent of a later, longer version', { traceparent: `cc-${TRACE}-${SPAN}-01-x y` }, true],
    ['b3', { b3: `${TRACE}-${SPAN}-1` }, true],
    ['b3, not sampled', { b3: `${TRACE}-${SPAN}-0` }, false],
    ['b3, debug', { b3: `${TRACE}-${SPAN}-d` }, true],
    ['b3, decision deferred', { b3: `${TRACE}-${SPAN}` }, true],
    ['b3 with a parent span', { b3: `${TRACE}-${SPAN}-0-05e3ac9a4f6e3b90` }, false],
    ['B3 in capitals', { b3: `${TRACE.toUpperCase()}-${SPAN.toUpperCase()}-1` }, true],
    ['X-B3', { 'X-B3-TraceId': TRACE, 'X-B3-SpanId': SPAN, 'X-B3-Sampled': '1' }, true],
    ['X-B3 true', { 'X-B3-TraceId': TRACE, 'X-B3-SpanId': SPAN, 'X-B3-Sampled': 'true' }, true],
    ['X-B3 0', { 'X-B3-TraceId': TRACE, 'X-B3-SpanId': SPAN, 'X-B3-Sampled': '0' }, false],
    ['X-B3 false', { 'X-B3-TraceId': TRACE, 'X-B3-SpanId': SPAN, 'X-B3-Sampled': 'false' }, false],
    ['X-B3 deferred', { 'X-B3-TraceId': TRACE, 'X-B3-SpanId': SPAN }, true],
    [
      'X-B3 debug',
      { 'X-B3-TraceId': TRACE, 'X-B3-SpanId': SPAN, 'X-B3-Sampled': '0', 'X-B3-Flags': '1' },
      true,
    ],
  ])('%s', (_, headers, isSampled) => {
    expect(read(headers)).toEqual({ traceId: TRACE, parentId: SPAN, isSampled })
  })

  test('a 64-bit B3 trace id is padded to 128 bits', () => {
    const traceId = `0000000000000000${SPAN}`
    expect(read({ b3: `${SPAN}-${SPAN}-1` }).traceId).toBe(traceId)
    expect(read({ 'X-B3-TraceId': SPAN, 'X-B3-SpanId': SPAN }).traceId).toBe(traceId)
  })

  test('traceparent wins over b3, and b3 over X-B3', () => {
    const other = 'a'.repeat(32)
    const third = 'b'.repeat(32)
    const multi = { 'X-B3-TraceId': third, 'X-B3-SpanId': SPAN }
    const b3 = `${other}-${SPAN}-1`
    expect(read({ traceparent: PARENT, b3, ...multi }).traceId).toBe(TRACE)
    expect(read({ b3, ...multi }).traceId).toBe(other)
    expect(read({ traceparent: 'rubbish', b3: 'rubbish', ...multi }).traceId).toBe(third)
  })

  test('tracestate is kept untouched, but only beside a valid traceparent', () => {
    const tracestate = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'
    expect(read({ traceparent: PARENT, tracestate }).state).toBe(tracestate)
    expect(read({ traceparent: 'rubbish', tracestate }).state).toBeUndefined()
    expect(read({ b3: `${TRACE}-${SPAN}-1`, tracestate }).state).toBeUndefined()
  })
})

describe('a malformed header is as good as none', () => {
  const zeroTrace = '0'.repeat(32)
  const zeroSpan = '0'.repeat(16)
  test.each([
    ['empty', { traceparent: '' }],
    ['version ff', { traceparent: `ff-${TRACE}-${SPAN}-01` }],
    ['version in capitals', { traceparent: `0A-${TRACE}-${SPAN}-01` }],
    ['version 00 with more', { traceparent: `${PARENT}-extra` }],
    ['a longer version without a dash', { traceparent: `cc-${TRACE}-${SPAN}-01.extra` }],
    ['capitals', { traceparent: PARENT.toUpperCase() }],
    ['zero trace id', { traceparent: `00-${zeroTrace}-${SPAN}-01` }],
    ['zero parent id', { traceparent: `00-${TRACE}-${zeroSpan}-01` }],
    ['short trace id', { traceparent: `00-${TRACE.slice(1)}-${SPAN}-01` }],
    ['no flags', { traceparent: `00-${TRACE}-${SPAN}` }],
    ['one flag digit', { traceparent: `00-${TRACE}-${SPAN}-1` }],
    ['sent twice', { traceparent: `${PARENT}, ${PARENT}` }],
    ['b3 not hex', { b3: `${'g'.repeat(32)}-${SPAN}-1` }],
    ['b3 zero trace id', { b3: `${zeroTrace}-${SPAN}-1` }],
    ['b3 zero span id', { b3: `${TRACE}-${zeroSpan}-1` }],
    ['b3 of 24 digits', { b3: `${TRACE.slice(8)}-${SPAN}-1` }],
    ['b3 unknown sampling', { b3: `${TRACE}-${SPAN}-2` }],
    ['b3 without span', { b3: TRACE }],
    ['X-B3 without span', { 'X-B3-TraceId': TRACE }],
    ['X-B3 bad trace id', { 'X-B3-TraceId': 'x', 'X-B3-SpanId': SPAN }],
    ['X-B3 bad span id', { 'X-B3-TraceId': TRACE, 'X-B3-SpanId': 'x' }],
    ['X-B3 zero trace id', { 'X-B3-TraceId': zeroTrace, 'X-B3-SpanId': SPAN }],
  ])('%s', (_, headers) => {
    const trace = read(headers)
    expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(trace.traceId).not.toBe(TRACE)
    expect(trace).toEqual({ traceId: trace.traceId, isSampled: true })
  })
})

describe('a trace that begins here', () => {
  test('has an id of its own and is sampled', () => {
    const ids = new Set(Array.from({ length: 1000 }, () => read({}).traceId))
    expect(ids.size).toBe(1000)
    expect(read({}).isSampled).toBe(true)
  })

  test.each([
    [{ b3: '0' }, false],
    [{ b3: '1' }, true],
    [{ b3: 'd' }, true],
    [{ 'X-B3-Sampled': '0' }, false],
    [{ 'X-B3-Sampled': 'false' }, false],
    [{ 'X-B3-Sampled': '1' }, true],
  ])('follows a lone sampling decision %j', (headers, isSampled) => {
    expect(read(headers)).toMatchObject({ isSampled })
  })
})

describe('what goes upstream', () => {
  test('says the same in W3C, b3 and X-B3, with a fresh span id', () => {
    const headers = new Headers()
    writeTrace({ traceId: TRACE, parentId: SPAN, isSampled: true, state: 'a=b' }, headers)
    const span = headers.get('x-b3-spanid') ?? ''
    expect(span).toMatch(/^[0-9a-f]{16}$/)
    expect(span).not.toBe(SPAN)
    expect(Object.fromEntries(headers)).toEqual({
      traceparent: `00-${TRACE}-${span}-01`,
      tracestate: 'a=b',
      b3: `${TRACE}-${span}-1`,
      'x-b3-traceid': TRACE,
      'x-b3-spanid': span,
      'x-b3-parentspanid': SPAN,
      'x-b3-sampled': '1',
    })
  })

  test("replaces or removes every one of the client's own trace headers", () => {
    const client = {
      traceparent: 'rubbish',
      tracestate: 'x=y',
      b3: '0',
      'X-B3-TraceId': 'rubbish',
      'X-B3-SpanId': SPAN,
      'X-B3-ParentSpanId': SPAN,
      'X-B3-Sampled': '0',
      'X-B3-Flags': '0',
    }
    const headers = new Headers(client)
    const trace = readTrace(headers)
    writeTrace(trace, headers)
    const span = headers.get('x-b3-spanid') ?? ''
    expect(Object.fromEntries(headers)).toEqual({
      traceparent: `00-${trace.traceId}-${span}-00`,
      b3: `${trace.traceId}-${span}-0`,
      'x-b3-traceid': trace.traceId,
      'x-b3-spanid': span,
      'x-b3-sampled': '0',
    })
  })

  test('gives each call a span id of its own', () => {
    const spans = Array.from({ length: 1000 }, () => {
      const headers = new Headers()
      writeTrace({ traceId: TRACE, isSampled: true }, headers)
      return headers.get('x-b3-spanid')
    })
    expect(new Set(spans).size).toBe(1000)
  })
})

describe('for whatever headers a client sends', () => {
  const piece = fc.oneof(
    fc.stringMatching(/^[0-9a-f]{16}$/),
    fc.stringMatching(/^[0-9a-fA-F]{32}$/),
    fc.constantFrom('00', 'ff', '01', '0', '1', 'd', '', '0'.repeat(16), '0'.repeat(32), TRACE),
    fc.stringMatching(/^[!-~]{0,40}$/),
  )
  const value = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('-'))
  const names = ['traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled']
  const sent = fc.dictionary(fc.constantFrom(...names, 'x-b3-flags', 'x-b3-parentspanid'), value)

  test('the trace is well formed, and an upstream reads the same from every format', () => {
    fc.assert(
      fc.property(sent, (headers) => {
        const trace = read(headers)
        expect(trace.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/)
        if (trace.parentId !== undefined) expect(trace.parentId).toMatch(/^(?!0+$)[0-9a-f]{16}$/)
        const upstream = new Headers(headers)
        writeTrace(trace, upstream)
        const w3c = read({ traceparent: upstream.get('traceparent') ?? '' })
        const single = read({ b3: upstream.get('b3') ?? '' })
        upstream.delete('traceparent')
        upstream.delete('b3')
        const expected = { traceId: trace.traceId, isSampled: trace.isSampled }
        expect(w3c).toMatchObject(expected)
        expect(single).toEqual(w3c)
        expect(readTrace(upstream)).toEqual(w3c)
      }),
    )
  })
})
