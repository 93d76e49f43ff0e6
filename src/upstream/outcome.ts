import type { Failure } from '../http/failure.ts'
import type { Json } from '../shaping/types.ts'

/** What became of one backend of a formatted route. */
export type Outcome =
  | {
      readonly kind: 'value'
      readonly value: Json
      readonly status: number
      /** False for an error object (`return_error_details`). */
      readonly isComplete: boolean
      readonly caching: Caching
    }
  /** A good answer without a body: 204, or an empty 200. */
  | { readonly kind: 'empty'; readonly status: number; readonly caching: Caching }
  /** The upstream's own error, as it came. */
  | {
      readonly kind: 'refusal'
      readonly status: number
      /** As bytes: an error page may be in any encoding. */
      readonly body: ArrayBuffer
      readonly headers: Headers
    }
  | { readonly kind: 'failure'; readonly failure: Failure }

/**
 * The second half of a call: decodes and shapes what was read, without waiting for anything. The large answers of an
 * isolate wait as bytes; as objects, which take many times as much, there are only those of one request at a time.
 */
export type Finish = (allowance: Allowance) => Outcome

/** How many values the large answers of one request may still hold together. */
export interface Allowance {
  values: number
}

/** The outcome of a call that brought nothing usable. */
export const failed = (failure: Failure): Outcome => ({ kind: 'failure', failure })

/** How far an upstream lets its answer be kept. */
export type Caching = 'shared' | 'private' | 'never'

/** Reads `Cache-Control` and `Set-Cookie` of an upstream (RFC 9111 section 5.2.2). */
export function cachingOf(headers: Headers): Caching {
  const control = headers.get('cache-control')?.toLowerCase() ?? ''
  if (control.includes('no-store') || headers.has('set-cookie')) return 'never'
  return control.includes('private') ? 'private' : 'shared'
}

/** The failure a refusal or failure counts as in a merge; undefined for good outcomes. */
export function failureIn(outcome: Outcome): Failure | undefined {
  switch (outcome.kind) {
    case 'value':
    case 'empty':
      return undefined
    case 'refusal':
      return { kind: 'upstream-status', status: outcome.status }
    case 'failure':
      return outcome.failure
  }
}
