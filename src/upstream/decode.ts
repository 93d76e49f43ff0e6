import type { Failure } from '../http/failure.ts'
import type { Backend } from '../plan/types.ts'
import { decodeBody } from '../shaping/decode.ts'
import { countValues } from '../shaping/json-size.ts'
import type { Shaper } from '../shaping/types.ts'
import { LARGE_BYTES } from './body.ts'
import { type Allowance, type Caching, failed, type Outcome } from './outcome.ts'

/** A good answer as it was read: a large one as bytes, which are outside of the engine's heap. */
export interface Body {
  readonly content: string | ArrayBuffer
  readonly status: number
  readonly caching: Caching
}

/** Some 64 MB of objects, at most: half of what a Worker has. */
const MOST_VALUES = 2_000_000

/** A fresh allowance, for a request. */
export const createAllowance = (): Allowance => ({ values: MOST_VALUES })

const TOO_MANY: Failure = { kind: 'upstream-too-many-values', limit: MOST_VALUES }

function take(allowance: Allowance, text: string): boolean {
  if (text.length <= LARGE_BYTES) return true
  allowance.values -= countValues(text, allowance.values)
  return allowance.values >= 0
}

/** Builds the way from what was read to a shaped value, which takes one go. */
export function createDecoder(
  backend: Backend,
  shape: Shaper,
): (body: Body, allowance: Allowance) => Outcome {
  return ({ content, status, caching }, allowance) => {
    const text = typeof content === 'string' ? content : new TextDecoder().decode(content)
    if (text === '') return { kind: 'empty', status, caching }
    if (backend.encoding !== 'string' && !take(allowance, text)) return failed(TOO_MANY)
    const decoded = decodeBody(text, backend.encoding, backend.shaping)
    if (!decoded.ok) return failed({ kind: 'upstream-undecodable', reason: decoded.error })
    return { kind: 'value', value: shape(decoded.value), status, isComplete: true, caching }
  }
}
