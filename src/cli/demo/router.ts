import type { IncomingMessage, ServerResponse } from 'node:http'

/** One request as a handler sees it. */
export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Raw path without its query, still percent-encoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Buffer
  /** The decoded value of a path parameter; asking for an undeclared one is a bug. */
  readonly param: (name: string) => string
}

/** An answer that is sent whole. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Answers a call; `undefined` means that it has written to `call.response` itself (a stream). */
export type Handler = (call: Call) => Reply | undefined | Promise<Reply | undefined>

/** Handlers by `METHOD /path/:param`; a last segment `*name` takes the rest, slashes included. */
export type Routes = Readonly<Record<string, Handler>>

export type Found =
  | { readonly kind: 'handler'; readonly handler: Handler; readonly params: Params }
  | { readonly kind: 'other-method' }
  | { readonly kind: 'nothing' }

type Params = Readonly<Record<string, string>>

interface Entry {
  readonly method: string
  readonly segments: readonly string[]
  readonly handler: Handler
}

/** Finds the handler for a method and a raw path: text beats a parameter beats the rest, from the left. */
export function createRouter(routes: Routes): (method: string, path: string) => Found {
  const entries = Object.entries(routes).map(toEntry)
  entries.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  return (method, path) => {
    const wanted = path.split('/').slice(1)
    let isKnown = false
    for (const entry of entries) {
      const params = matchSegments(entry.segments, wanted)
      if (params === undefined) continue
      if (entry.method === method) return { kind: 'handler', handler: entry.handler, params }
      isKnown = true
    }
    return { kind: isKnown ? 'other-method' : 'nothing' }
  }
}

function toEntry([key, handler]: readonly [string, Handler]): Entry {
  const [method = '', pattern = ''] = key.split(' ')
  return { method, segments: pattern.split('/').slice(1), handler }
}

const rank = (entry: Entry): string =>
  entry.segments.map((s) => (s.startsWith('*') ? '2' : s.startsWith(':') ? '1' : '0')).join('')

function matchSegments(pattern: readonly string[], path: readonly string[]): Params | undefined {
  const params: Record<string, string> = {}
  for (const [index, segment] of pattern.entries()) {
    if (segment.startsWith('*')) {
      const rest = path.slice(index)
      if (rest.length === 0) return undefined
      params[segment.slice(1)] = decode(rest.join('/'))
      return params
    }
    const value = path[index]
    if (value === undefined) return undefined
    if (segment.startsWith(':') && value !== '') params[segment.slice(1)] = decode(value)
    else if (segment !== value) return undefined
  }
  return pattern.length === path.length ? params : undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
