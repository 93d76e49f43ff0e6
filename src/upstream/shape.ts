import type { Exchange } from '../http/context.ts'
import { forwardableHeaders } from '../http/headers.ts'
import { VERSION } from '../lib/version.ts'
import type { Route } from '../plan/types.ts'

const AGENT = `cb-bridge ${VERSION}`

/** The headers that every call of a request starts from: the client's, cleaned, and what the gateway says of it. */
export function shapeHeaders(request: Request, route: Route, exchange: Exchange): Headers {
  const { sent } = exchange
  const { url } = request
  const headers = forwardableHeaders(request.headers, sent, route.exceptHeaders)
  // Whether `Authorization` goes is for the upstream to say, once it is chosen.
  for (const name of route.keptHeaders) if (name !== 'authorization') headers.delete(name)
  for (const [name, value] of exchange.identity?.headers ?? []) headers.set(name, value)
  headers.set('x-forwarded-for', exchange.client)
  headers.set('x-forwarded-host', sent.get('host') ?? hostOf(url))
  headers.set('x-forwarded-proto', url.startsWith('https:') ? 'https' : 'http')
  headers.set('x-forwarded-via', AGENT)
  if (!sent.has('user-agent') || route.exceptHeaders.includes('user-agent')) {
    headers.set('user-agent', AGENT)
  }
  if (sent.has('host')) headers.delete('host')
  return headers
}

function hostOf(url: string): string {
  const authority = url.slice(url.indexOf('://') + 3)
  return authority.slice(0, authority.search(/[/?#]|$/))
}

/** The client's query without the pairs in `except`: each pair once, in order, byte for byte. */
export function shapeQuery(query: string, except: readonly string[]): string {
  if (except.length === 0 || query === '') return query
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => !except.includes(decodeKey(pair)))
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}

/** Appends a client's query to an upstream path that may have one of its own. */
export function joinQuery(path: string, query: string): string {
  if (query === '' || query === '?') return path
  return path.includes('?') ? `${path}&${query.slice(1)}` : path + query
}

function decodeKey(pair: string): string {
  const end = pair.indexOf('=')
  const key = (end < 0 ? pair : pair.slice(0, end)).replaceAll('+', ' ')
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
