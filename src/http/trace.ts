/** The position of a request in a distributed trace: W3C Trace Context level 1, and B3. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** Span of the caller, 16 hex digits, or undefined at the start of a trace. */
  readonly parentId?: string
  readonly isSampled: boolean
  /** `tracestate`, passed on untouched. */
  readonly state?: string
}

/** Headers, or a map of them. */
interface Lookup {
  readonly get: (name: string) => string | null | undefined
}

/**
 * Where a request stands in a trace: from `traceparent`, else `b3`, else `X-B3-*`, else a new sampled trace.
 * A malformed header is ignored as if it were absent (Trace Context level 1, section 4.3; B3 propagation).
 */
export function readTrace(headers: Lookup): TraceContext {
  const parent = headers.get('traceparent') ?? undefined
  const single = headers.get('b3') ?? undefined
  return (
    (parent === undefined ? undefined : readTraceparent(parent, headers)) ??
    (single === undefined ? undefined : readSingle(single)) ??
    readMulti(headers)
  )
}

/**
 * Puts the trace on an upstream request as W3C and B3 headers with a fresh span id for that call, in place of whatever
 * the client sent. `X-B3-Flags` stays only where it agrees: a debug trace is a sampled one.
 */
export function writeTrace(trace: TraceContext, headers: Headers): void {
  const { traceId, parentId, isSampled, state } = trace
  const spanId = randomHex(SPAN_BYTES)
  headers.set('traceparent', `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`)
  if (state === undefined) headers.delete('tracestate')
  else headers.set('tracestate', state)
  headers.set('b3', `${traceId}-${spanId}-${isSampled ? '1' : '0'}`)
  headers.set('x-b3-traceid', traceId)
  headers.set('x-b3-spanid', spanId)
  headers.set('x-b3-sampled', isSampled ? '1' : '0')
  if (parentId === undefined) headers.delete('x-b3-parentspanid')
  else headers.set('x-b3-parentspanid', parentId)
  if (!isSampled) headers.delete('x-b3-flags')
}

/** Versions above 00 may be longer, but only after another dash; `ff` is forbidden. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]([0-9a-f])(?:$|-)/

function readTraceparent(text: string, headers: Lookup): TraceContext | undefined {
  const match = TRACEPARENT.exec(text)
  if (match === null || (text.startsWith('00') && text.length !== 55)) return undefined
  const [, traceId = '', parentId = '', flags = ''] = match
  if (isZero(traceId) || isZero(parentId)) return undefined
  const state = headers.get('tracestate') ?? ''
  const isSampled = (Number.parseInt(flags, 16) & 1) === 1
  return { traceId, parentId, isSampled, ...(state !== '' && { state }) }
}

const SINGLE = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/i

/** `{trace}-{span}[-{sampled}[-{parent span}]]`, or a lone sampling decision. */
function readSingle(text: string): TraceContext | undefined {
  if (text === '0' || text === '1' || text === 'd') return newTrace(text !== '0')
  const match = SINGLE.exec(text)
  if (match === null) return undefined
  const [, traceId = '', parentId = '', sampled] = match
  return continueB3(traceId, parentId, sampled !== '0')
}

const TRACE_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i
const SPAN_ID = /^[0-9a-f]{16}$/i

function readMulti(headers: Lookup): TraceContext {
  const sampled = headers.get('x-b3-sampled')
  const traceId = headers.get('x-b3-traceid') ?? ''
  const isRefused = sampled === '0' || sampled === 'false'
  if (!TRACE_ID.test(traceId)) return newTrace(!isRefused)
  const parentId = headers.get('x-b3-spanid') ?? ''
  const isSampled = !isRefused || headers.get('x-b3-flags') === '1'
  const trace = SPAN_ID.test(parentId) ? continueB3(traceId, parentId, isSampled) : undefined
  return trace ?? newTrace(isSampled)
}

/** B3 trace ids may have 64 bits: they become 128 by zeros on the left, as every B3 library does it. */
function continueB3(
  traceId: string,
  parentId: string,
  isSampled: boolean,
): TraceContext | undefined {
  if (isZero(traceId) || isZero(parentId)) return undefined
  return {
    traceId: traceId.toLowerCase().padStart(32, '0'),
    parentId: parentId.toLowerCase(),
    isSampled,
  }
}

const newTrace = (isSampled: boolean): TraceContext => ({
  traceId: randomHex(TRACE_BYTES),
  isSampled,
})

const isZero = (id: string): boolean => /^0+$/.test(id)

const TRACE_BYTES = 16
const SPAN_BYTES = 8
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Random bytes in store: one call of the generator serves a few hundred ids. */
const pool = new Uint8Array(4096)
let used = pool.length

/** Lower-case hex of so many random bytes, never all zeros. */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  let hex = ''
  let bits = 0
  for (const end = used + bytes; used < end; used++) {
    const byte = pool[used] ?? 0
    bits |= byte
    hex += HEX[byte]
  }
  return bits === 0 ? randomHex(bytes) : hex
}
