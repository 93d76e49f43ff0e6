import { expect } from 'vitest'
import { type Description, findMisfits } from '../support/conformance.ts'
import type { Running } from './host.ts'

/** Opens the Admin API of the gateways under test for the first admin. */
export const BOOTSTRAP = 'MARKER-contract-bootstrap'

/** A request to the Admin API. */
export interface AdminAsk {
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or YAML where it is a text. */
  readonly body?: unknown
}

/** An answer of the Admin API, read. */
export interface AdminAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** `undefined` where the answer is no JSON. */
  readonly body: unknown
  /** Its `ETag`, or an empty text. */
  readonly etag: string
}

/** Asks the Admin API of a gateway; every answer must be one that the API's own description tells of. */
export type Administrator = (method: string, path: string, ask?: AdminAsk) => Promise<AdminAnswer>

/** `gateway` is asked for late: it runs only inside tests. */
export function createAdministrator(gateway: () => Running): Administrator {
  let description: Description | undefined
  const read = async (): Promise<Description> =>
    (await (await gateway().fetch('/__admin/api/openapi.json')).json()) as Description
  return async (method, path, asked = {}) => {
    description ??= await read()
    const answer = await gateway().fetch(`/__admin/api${path}`, toAsk(method, asked))
    // workerd warns where what is read as text does not say that it is text.
    const text = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(
      await answer.arrayBuffer(),
    )
    const { status, headers } = answer
    const misfits = findMisfits(description, { method, path, status, headers, text })
    expect(misfits, `${method} ${path}: ${status} ${text}`).toEqual([])
    const isJson = /^application\/(problem\+)?json/.test(headers.get('content-type') ?? '')
    const body: unknown = isJson ? JSON.parse(text) : undefined
    return { status, headers, text, body, etag: headers.get('etag') ?? '' }
  }
}

function toAsk(method: string, { token, headers, body }: AdminAsk) {
  const type = typeof body === 'string' ? 'application/yaml' : 'application/json'
  return {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': type }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  }
}

/** `If-Match` with an entity tag as it was sent. */
export const ifMatch = (etag: string): Readonly<Record<string, string>> => ({ 'If-Match': etag })

/** Creates what must not be there. */
export const CREATE: Readonly<Record<string, string>> = { 'If-None-Match': '*' }
