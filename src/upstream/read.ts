import type { Exchange } from '../http/context.ts'
import type { Failure } from '../http/failure.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { Backend, Route } from '../plan/types.ts'
import { createPartShaper, createShaper } from '../shaping/shape.ts'
import { type BodyRefusal, readBytes, readContent } from './body.ts'
import { describeCause, failureOf } from './call.ts'
import type { Deadline } from './deadline.ts'
import { createDecoder } from './decode.ts'
import { cachingOf, failed, type Finish } from './outcome.ts'
import type { Scope } from './scope.ts'

const LARGEST_ERROR_BYTES = 1024 * 1024
/** How long a reservation of body memory outlives its call's clock; without a clock it lapses after a minute. */
const GRACE_MS = 1000
const SILENCE_MS = 60_000

/** Reads an upstream's answer; what it returns decodes and shapes it. Never rejects. */
export type Read = (response: Response, exchange: Exchange, deadline: Deadline) => Promise<Finish>

/** Builds the reading of a backend's answers: its body limit, the isolate's budget, its shaping. */
export function createReader(route: Route, backend: Backend, { budget }: Scope): Read {
  const shape = (route.backends.length > 1 ? createPartShaper : createShaper)(backend.shaping)
  const decode = createDecoder(backend, shape)
  return async (response, exchange, deadline) => {
    const held = budget.reserve(deadline.limitMs === 0 ? SILENCE_MS : deadline.limitMs + GRACE_MS)
    const { status, headers } = response
    try {
      if (!response.ok) {
        const limits = { bytes: LARGEST_ERROR_BYTES, held }
        const body = orFailure(await readBytes(response, limits), limits.bytes)
        held.release()
        const refused = { kind: 'refusal', status, headers } as const
        return () => (body.ok ? { ...refused, body: body.value } : failed(body.error))
      }
      const limits = { bytes: route.maxBodyBytes, held }
      const content = orFailure(await readContent(response, limits), limits.bytes)
      if (!content.ok) held.release()
      if (!content.ok) return () => failed(content.error)
      const body = { content: content.value, status, caching: cachingOf(headers) }
      return (allowance) => {
        held.release()
        return decode(body, allowance)
      }
    } catch (cause) {
      held.release()
      exchange.error = `${backend.name}: ${describeCause(cause)}`
      const failure = failureOf(deadline)
      return () => failed(failure)
    }
  }
}

function orFailure<T>(body: Result<T, BodyRefusal>, limitBytes: number): Result<T, Failure> {
  if (body.ok) return ok(body.value)
  return err(body.error === 'busy' ? { kind: 'busy' } : { kind: 'upstream-too-large', limitBytes })
}
