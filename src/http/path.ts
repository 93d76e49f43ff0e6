import { err, ok, type Result } from '../lib/result.ts'

/** A request target split where the query begins; both parts exactly as the client sent them. */
export interface RequestTarget {
  readonly path: string
  /** With its `?`, or empty. */
  readonly query: string
}

/** Splits an absolute URL without parsing it, so that no byte of path or query changes. */
export function splitTarget(url: string): RequestTarget {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  if (start < 0) return { path: '/', query: '' }
  const mark = url.indexOf('?', start)
  return mark < 0
    ? { path: url.slice(start), query: '' }
    : { path: url.slice(start, mark), query: url.slice(mark) }
}

const PLAIN = /^(?:\/[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]*)*\/?$/

/**
 * Accepts a raw path as canonical or says why not. One form serves routing, policies and upstream: percent-encoding is
 * kept as sent and means one thing, since dot segments (also behind an encoded slash or backslash), backslashes, NUL,
 * control characters and invalid UTF-8 are refused (RFC 3986 section 6; CVE-2019-9901, CVE-2021-43557).
 */
export function checkPath(path: string): Result<string, string> {
  if (PLAIN.test(path)) return ok(path)
  if (path.includes('\\')) return err('The path holds a backslash.')
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return err('The path is not valid percent-encoded UTF-8.')
  }
  if (hasControlCharacter(decoded)) return err('The path holds a control character.')
  if (decoded.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')) {
    return err('The path holds a dot segment.')
  }
  return ok(path)
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
