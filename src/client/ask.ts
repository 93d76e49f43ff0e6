import { err, ok, type Result } from '../lib/result.ts'
import type { Problem } from './types.ts'

/** A gateway and who asks it. */
export interface Gateway {
  /** Its address, perhaps with a path below which it lives. */
  readonly url: string
  /** A session or an API token; absent for what is public. */
  readonly token?: string
  /** Default: the platform's. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/__admin/api/`; names in it are encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  /** The entity tag that was seen; `null` creates what must not be there. */
  readonly ifMatch?: string | null
}

export interface Answer<T> {
  readonly body: T
  /** As it is sent back in `ifMatch`; absent where there is none. */
  readonly etag?: string
}

/** The gateway could not be asked: no such host, refused, no answer in time, or something else answers there. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

const PATIENCE_MS = 60_000

/**
 * Asks the Admin API. What the gateway refuses is a value.
 *
 * @throws Unreachable
 */
export async function ask<T>(gateway: Gateway, request: Ask): Promise<Result<Answer<T>, Problem>> {
  const answer = await send(gateway, request)
  const text = await answer.text().catch(() => {
    throw new Unreachable(`${gateway.url}: the answer broke off`)
  })
  const isYaml = (answer.headers.get('content-type') ?? '').startsWith('application/yaml')
  const body: unknown = isYaml || text === '' ? text : parse(text, gateway)
  if (!answer.ok) return err(toProblem(answer, body))
  const etag = answer.headers.get('etag')
  return ok({ body: body as T, ...(etag !== null && { etag }) })
}

async function send(gateway: Gateway, { method, path, query, body, ifMatch }: Ask) {
  const { url, token, fetch: call = fetch } = gateway
  try {
    return await call(`${url.replace(/\/+$/, '')}/__admin/api/${path}${toQuery(query)}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(ifMatch === null && { 'if-none-match': '*' }),
        ...(typeof ifMatch === 'string' && { 'if-match': ifMatch }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A token goes to nobody else.
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  } catch (cause) {
    throw new Unreachable(`${url} cannot be reached: ${reasonOf(cause)}`, { cause })
  }
}

function toQuery(query: Ask['query'] = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(pairs as [string, string][]).toString()
  return text === '' ? '' : `?${text}`
}

function parse(text: string, { url }: Gateway): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Unreachable(`${url} is no gateway with an Admin API`)
  }
}

function toProblem({ status, statusText }: Response, body: unknown): Problem {
  const given = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  return { title: statusText, detail: `the gateway answered ${status}`, ...given, status }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
