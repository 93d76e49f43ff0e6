import type { Problem } from '../../src/client/types.ts'
import { type AdminClient, createAdminClient } from '../../src/client/client.ts'
import { isPlainMap } from '../../src/config/conform.ts'
import { ok, type Result } from '../../src/lib/result.ts'
import { backOffMs, type Pace, realPace } from './pace.ts'

/** A gateway and what opens its Admin API. */
export interface Access {
  /** `http(s)://host[:port]`. */
  readonly url: string
  /** Absent for what is public. */
  readonly token?: string
}

/** How a gateway is waited for; all of it has defaults. */
export interface Patience {
  readonly pace?: Pace
  /** How long it may be away, in ms. */
  readonly patienceMs?: number
}

/**
 * Why a gateway did not do what it was asked for: `unreachable` after all retries, `refused` the credentials, `stale` the
 * revision, `owned` by somebody else, or `failed` otherwise. The message names the gateway and nothing secret.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly kind: 'unreachable' | 'refused' | 'stale' | 'owned' | 'failed'

  constructor(kind: GatewayError['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

/** How long a gateway may be away, and how long one request may take, in ms. */
const PATIENCE_MS = 60_000
const REQUEST_MS = 10_000
/** Statuses of a gateway that is busy or just starting. */
const LATER = new Set([429, 502, 503, 504])

/**
 * A client of a gateway's Admin API that asks again while the gateway is away. A request may have been carried out though its
 * answer is lost: the next one then meets its traces.
 */
export const patientClient = ({ url, token }: Access, patience: Patience = {}): AdminClient =>
  createAdminClient({
    url,
    ...(token === undefined ? {} : { token }),
    fetch: (address, init) => fetchPatiently({ url, address, init }, patience),
  })

interface Request {
  /** Of the gateway. */
  readonly url: string
  readonly address: string
  readonly init: RequestInit
}

async function fetchPatiently(request: Request, patience: Patience): Promise<Response> {
  const { pace = realPace, patienceMs = PATIENCE_MS } = patience
  const start = pace.now()
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await fetchOnce(request)
    if (typeof outcome !== 'string') return outcome
    const waitMs = backOffMs(attempt)
    if (pace.now() - start + waitMs > patienceMs) {
      const message = `The gateway at ${request.url} ${outcome}; tried for ${Math.round(patienceMs / 1000)} s.`
      throw new GatewayError('unreachable', message)
    }
    await pace.wait(waitMs)
  }
}

/** An answer, or why there is none yet. */
async function fetchOnce({ address, init }: Request): Promise<Response | string> {
  try {
    const response = await fetch(address, { ...init, signal: AbortSignal.timeout(REQUEST_MS) })
    if (!LATER.has(response.status)) return response
    await response.body?.cancel()
    return `answers ${response.status}`
  } catch (error) {
    return `cannot be reached (${reasonOf(error)})`
  }
}

/** A word or two about a request that failed. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  const { cause } = error
  const code = isPlainMap(cause) || cause instanceof Error ? (cause as { code?: unknown }).code : ''
  return typeof code === 'string' && code !== '' ? code : error.message
}

/** What a gateway answers when it does what it was asked for; `what` is for the error when it does not. */
export async function demand<T>(
  url: string,
  what: string,
  asked: Promise<Result<T, Problem>>,
): Promise<T> {
  const answer = await asked.catch((error: unknown) => {
    // The client hands on what our fetch threw as the cause of its own error.
    const cause = error instanceof Error ? error.cause : undefined
    throw cause instanceof GatewayError ? cause : unreachable(url, error)
  })
  if (answer.ok) return answer.value
  const { status, detail } = answer.error
  const message = `The gateway at ${url} answers ${status} to ${what}: ${detail}`
  throw new GatewayError(KINDS[status] ?? 'failed', message)
}

/** The same answer, but `undefined` where the gateway answers one of these statuses. */
export async function orNothing<T>(
  asked: Promise<Result<T, Problem>>,
  statuses: readonly number[],
): Promise<Result<T | undefined, Problem>> {
  const answer = await asked
  return answer.ok || !statuses.includes(answer.error.status) ? answer : ok(undefined)
}

const KINDS: Readonly<Record<number, GatewayError['kind']>> = {
  401: 'refused',
  403: 'refused',
  409: 'owned',
  412: 'stale',
}

const unreachable = (url: string, error: unknown) =>
  new GatewayError('unreachable', `The gateway at ${url}: ${reasonOf(error)}`)
