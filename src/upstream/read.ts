import type { Exchange } from '../http/context.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { Failure } from '../http/failure.ts'
import type { Backend, Route } from '../plan/types.ts'
import { decodeBody } from '../shaping/decode.ts'
import { createPartShaper, createShaper } from '../shaping/shape.ts'
import { type BodyRefusal, readBytes, readText } from './body.ts'
import { describeCause, failureOf } from './call.ts'
import type { Deadline } from './deadline.ts'
import { cachingOf, failed, type Outcome } from './outcome.ts'
import type { Scope } from './scope.ts'

const LARGEST_ERROR_BYTES = 1024 * 1024
/** How long a reservation of body memory outlives its call's clock; without a clock it lapses after a minute. */
const GRACE_MS = 1000
const SILENCE_MS = 60_000

/** Reads, decodes and shapes an upstream's answer. Never rejects. */
export type Read = (response: Response, exchange: Exchange, deadline: Deadline) => Promise<Outcome>

/** Builds the reading of a backend's answers: its body limit, the isolate's budget, its shaping. */
export function createReader(route: Route, backend: Backend, { budget }: Scope): Read {
  const shape = (route.backends.length > 1 ? createPartShaper : createShaper)(backend.shaping)
  return async (response, exchange, deadline) => {
    const held = budget.reserve(deadline.limitMs === 0 ? SILENCE_MS : deadline.limitMs + GRACE_MS)
    const { status, headers } = response
    try {
      if (!response.ok) {
        const limits = { bytes: LARGEST_ERROR_BYTES, held }
        const body = orFailure(await readBytes(response, limits), limits.bytes)
        return body.ok ? { kind: 'refusal', status, body: body.value, headers } : failed(body.error)
      }
      const limits = { bytes: route.maxBodyBytes, held }
      const text = orFailure(await readText(response, limits), limits.bytes)
      if (!text.ok) return failed(text.error)
      const caching = cachingOf(headers)
      if (text.value === '') return { kind: 'empty', status, caching }
      const decoded = decodeBody(text.value, backend.encoding, backend.shaping)
      if (!decoded.ok) return failed({ kind: 'upstream-undecodable', reason: decoded.error })
      return { kind: 'value', value: shape(decoded.value), status, isComplete: true, caching }
    } catch (cause) {
      exchange.error = `${backend.name}: ${describeCause(cause)}`
      return failed(failureOf(deadline))
    } finally {
      held.release()
    }
  }
}

function orFailure<T>(body: Result<T, BodyRefusal>, limitBytes: number): Result<T, Failure> {
  if (body.ok) return ok(body.value)
  return err(body.error === 'busy' ? { kind: 'busy' } : { kind: 'upstream-too-large', limitBytes })
}
