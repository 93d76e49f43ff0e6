const LONGEST_PATH = 1024
const LONGEST_ERROR = 2048
const LONGEST_NAME = 64
const MOST_NAMES = 32

/** Cuts a text that is too long and marks the cut. */
export const cap = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text

/** C0 and C1 controls, DEL, line and paragraph separator: what begins a line or steers a terminal. */
const ACTIVE = /[\p{Cc}\p{Zl}\p{Zp}]/u

/** Writes characters that act on terminals and line readers as `\uXXXX`. */
export function escapeActive(text: string): string {
  if (!ACTIVE.test(text)) return text
  return text.replaceAll(
    new RegExp(ACTIVE, 'gu'),
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Names in a query (`?a=1&b`), as sent. Values are never shown: credentials travel in them (`X-Amz-Signature`). */
export function queryNames(query: string): readonly string[] {
  const names: string[] = []
  for (let start = 1; start < query.length && names.length < MOST_NAMES;) {
    const next = query.indexOf('&', start)
    const end = next < 0 ? query.length : next
    const equals = query.indexOf('=', start)
    const name = cap(query.slice(start, equals < 0 || equals > end ? end : equals), LONGEST_NAME)
    if (name !== '') names.push(name.includes('%') ? shownName(name) : name)
    start = end + 1
  }
  return names
}

/** A `=` may be encoded, so that a value passes for a part of the name. */
const shownName = (name: string): string =>
  /[=&?]/.test(decode(name)) ? `${name.slice(0, name.indexOf('%'))}…` : name

/** The path, cut short where it holds a query that was encoded by mistake: an encoded `?`, or an `X-Amz-` parameter. */
export function shownPath(path: string): string {
  const short = cap(path, LONGEST_PATH)
  if (!/%|x-amz-/i.test(short) || !/\?|x-amz-/i.test(decode(short))) return short
  return `${short.slice(0, short.search(/[%&;=]|x-amz-/i))}…`
}

/** Undoes percent-encoding for a look at it, also when it was applied several times; `?` stands for what goes deeper. */
function decode(text: string): string {
  let decoded = text
  for (let round = 0; round < 4; round++) {
    const before = decoded
    decoded = before.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (decoded === before) return decoded
  }
  return '?'
}

const QUERIES = /\?[^\s"'<>)]*/g
const CREDENTIALS =
  /\b(authorization|(?:set-)?cookie|x-amz-[\w-]+)(["']?\s*[:=])[^\n]*|\b(bearer|basic|aws4-hmac-sha256)\s+\S[^\n]*/gi

/** An error text without the queries of its URLs and without credentials. */
export const shownError = (error: string): string =>
  cap(error, LONGEST_ERROR).replace(QUERIES, '?…').replace(CREDENTIALS, '$1$2$3 …')
