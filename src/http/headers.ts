/** Names that belong to one connection (RFC 9110 section 7.6.1) and are never handed on. */
export const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** What a client may claim about addresses; the gateway says it itself or not at all. */
const CLAIMED_ADDRESS = [
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'forwarded',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-real-ip',
]

const NOT_FORWARDED = new Set([...HOP_BY_HOP, ...CLAIMED_ADDRESS])

/** A request's headers by lower-case name. Read once, since each look into `Headers` costs a call into the runtime. */
export type HeaderMap = ReadonlyMap<string, string>

export function readHeaders(headers: Headers): HeaderMap {
  const map = new Map<string, string>()
  // oxlint-disable-next-line unicorn/no-array-for-each -- a third of the cost of an iterator here
  headers.forEach((value, name) => map.set(name, value))
  return map
}

/**
 * A client's headers without hop-by-hop ones, those that `Connection` names, claimed addresses, `except` (lower-case)
 * and names with an underscore, which many servers fold into a dash (smuggling).
 */
export function forwardableHeaders(
  headers: Headers,
  sent: HeaderMap,
  except: readonly string[],
): Headers {
  const copy = new Headers(headers)
  for (const [name, value] of sent) {
    if (NOT_FORWARDED.has(name) || name.includes('_')) copy.delete(name)
    // One line where there were several: an upstream that takes the first would see another value than policies did.
    else if (value.includes(', ')) copy.set(name, value)
  }
  const connection = sent.get('connection')
  if (connection !== undefined) deleteListed(copy, connection)
  for (const name of except) copy.delete(name)
  return copy
}

/** Takes the hop-by-hop headers out of an upstream's answer; everything else stays, every `Set-Cookie` included. */
export function dropHopByHop(headers: Headers): void {
  const connection = headers.get('connection')
  if (connection !== null) deleteListed(headers, connection)
  for (const name of HOP_BY_HOP) headers.delete(name)
}

/** `Connection: close, X-Secret` names headers of this hop; end-to-end ones that carry meaning stay. */
function deleteListed(headers: Headers, connection: string): void {
  if (connection === 'keep-alive' || connection === 'close') return
  for (const part of connection.split(',')) {
    const name = part.trim().toLowerCase()
    if (/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && !END_TO_END.has(name)) headers.delete(name)
  }
}

/** Never removable by `Connection`: a client could otherwise strip what policies and upstreams rely on. */
const END_TO_END = new Set(['host', 'content-length', 'content-type', 'authorization', 'cookie'])
