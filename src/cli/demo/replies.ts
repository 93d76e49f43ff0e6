import { createHash } from 'node:crypto'
import type { Call, Reply } from './router.ts'

/** JSON as the Go services write it: compact, with a line feed at the end. */
export const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: `${JSON.stringify(value)}\n`,
})

/** The one-field answer that CB-Spider, CB-Tumblebug and CB-Dragonfly give for errors and confirmations. */
export const message = (status: number, text: string): Reply => json({ message: text }, status)

export const text = (body: string): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=UTF-8' },
  body,
})

export const html = (body: string): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body,
})

export const redirect = (status: 301 | 302, location: string): Reply => ({
  status,
  headers: { location },
})

/** The JSON object of a request body, or undefined when it is none. */
export function objectOf(call: Call): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(call.body.toString('utf8') || '{}')
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A field's text, or the fallback when it is missing or not a text. */
export function textOf(
  value: Readonly<Record<string, unknown>>,
  key: string,
  fallback = '',
): string {
  const field = value[key]
  return typeof field === 'string' ? field : fallback
}

/** A file with a strong ETag, `304` for a known one and `206`/`416` for a single byte range (RFC 9110, 13 and 14). */
export function file(call: Call, bytes: Buffer, type: string): Reply {
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
  const headers = { 'content-type': type, etag, 'accept-ranges': 'bytes' }
  if (call.request.headers['if-none-match'] === etag) return { status: 304, headers: { etag } }
  const range = call.request.headers.range
  if (range === undefined) return { status: 200, headers, body: bytes }
  const part = rangeOf(range, bytes.length)
  if (part === undefined) {
    return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } }
  }
  const [first, last] = part
  const contentRange = `bytes ${first}-${last}/${bytes.length}`
  return {
    status: 206,
    headers: { ...headers, 'content-range': contentRange },
    body: bytes.subarray(first, last + 1),
  }
}

function rangeOf(header: string, size: number): readonly [number, number] | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header)
  if (found === null || (found[1] === '' && found[2] === '')) return undefined
  const isSuffix = found[1] === ''
  const first = isSuffix ? Math.max(0, size - Number(found[2])) : Number(found[1])
  const last = isSuffix || found[2] === '' ? size - 1 : Math.min(Number(found[2]), size - 1)
  return first <= last ? [first, last] : undefined
}
