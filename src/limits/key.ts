import { claimAt } from '../http/claims.ts'
import { networkOf } from '../http/network.ts'
import type { Exchange } from '../http/context.ts'
import type { KeySource } from './settings.ts'

/**
 * The key by which a request is counted; undefined when a part of it is missing. Addresses stand as they are, an IPv6
 * address for its /64; everything else may be a credential or a name and is kept as a digest alone.
 */
export async function keyOf(
  sources: readonly KeySource[],
  exchange: Exchange,
): Promise<string | undefined> {
  const parts = sources.map((source) => valueOf(source, exchange))
  const known = parts.filter((part) => part !== undefined)
  return known.length < parts.length ? undefined : joinParts(sources, known)
}

/** The same for parts as somebody writes them: an address, the value of a header ..., one for each source. */
export const keyOfParts = (
  sources: readonly KeySource[],
  parts: readonly string[],
): Promise<string> =>
  joinParts(
    sources,
    parts.map((part, index) => (sources[index]?.from === 'ip' ? networkOf(part) : part)),
  )

async function joinParts(sources: readonly KeySource[], parts: readonly string[]): Promise<string> {
  const [first = ''] = parts
  return sources.every(({ from }) => from === 'ip') ? first : digest(JSON.stringify(parts))
}

function valueOf(source: KeySource, exchange: Exchange): string | undefined {
  switch (source.from) {
    case 'ip':
      // `unknown` is one client: only a host that says so at its start cannot tell addresses.
      return networkOf(exchange.client)
    case 'subject':
      return exchange.identity?.subject || undefined
    case 'header':
      return exchange.sent.get(source.name.toLowerCase()) || undefined
    case 'cookie':
      return cookieOf(exchange.sent.get('cookie') ?? '', source.name)
    case 'claim':
      return textOf(claimAt(exchange.identity?.claims ?? {}, source.name))
  }
}

/** The first cookie of that name (RFC 6265 section 5.4 puts the most specific one first). */
function cookieOf(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals > 0 && pair.slice(0, equals).trim() === name) {
      return pair.slice(equals + 1).trim() || undefined
    }
  }
  return undefined
}

const textOf = (claim: unknown): string | undefined =>
  claim === undefined || claim === null || claim === ''
    ? undefined
    : typeof claim === 'string'
      ? claim
      : JSON.stringify(claim)

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(hash, 0, 16)))
}
