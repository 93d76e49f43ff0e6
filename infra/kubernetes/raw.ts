import type { KubeConfig } from '@kubernetes/client-node'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { answer } from './answers.ts'
import { ClusterError } from './cluster.ts'

/** A request in the API's own words, for what the typed client would not hand through as it is. */
export interface RawRequest {
  readonly method?: 'GET' | 'PATCH' | 'DELETE'
  /** From `/api` or `/apis` on, with the query. */
  readonly path: string
  readonly body?: unknown
  /** Of the body. */
  readonly type?: string
}

export interface RawAnswer {
  readonly status: number
  /** JSON; undefined where the answer is none. */
  readonly body: unknown
}

/** Asks the API server of the current context. One that gives no answer rejects with a `ClusterError`. */
export const askRaw = (config: KubeConfig, raw: RawRequest): Promise<RawAnswer> =>
  answer(send(config, raw))

/** The same, but whatever is no success rejects as well. */
export async function demandRaw(config: KubeConfig, raw: RawRequest): Promise<unknown> {
  const { status, body } = await askRaw(config, raw)
  if (status < 400) return body
  throw new ClusterError(`The cluster answers ${status} to ${raw.method ?? 'GET'} ${raw.path}.`)
}

async function send(
  config: KubeConfig,
  { method = 'GET', path, body, type = 'application/json' }: RawRequest,
): Promise<RawAnswer> {
  // A server may be below a path of its own.
  const server = (config.getCurrentCluster()?.server ?? '').replace(/\/$/, '')
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': type }),
  }
  const options = { method, headers, timeout: REQUEST_MS }
  await config.applyToHTTPSOptions(options)
  return new Promise((resolve, reject) => {
    const asked = request(new URL(server + path), options, (response) => {
      const { statusCode: status = 500 } = response
      text(response).then((said) => resolve({ status, body: read(said) }), reject)
    })
    asked.once('error', reject)
    asked.once('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** How long a server may say nothing, in ms. */
const REQUEST_MS = 30_000

function read(said: string): unknown {
  try {
    return JSON.parse(said) as unknown
  } catch {
    return undefined
  }
}
