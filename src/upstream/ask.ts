import type { Exchange } from '../http/context.ts'
import { type Failure, statusOf } from '../http/failure.ts'
import type { Backend, Route } from '../plan/types.ts'
import { fillTemplate } from '../plan/template.ts'
import { decodeBody } from '../shaping/decode.ts'
import { errorDetails } from '../shaping/error-details.ts'
import { createPartShaper, createShaper } from '../shaping/shape.ts'
import type { Json } from '../shaping/types.ts'
import { readText } from './body.ts'
import { createCall, failureOf } from './call.ts'
import { type Deadline, startDeadline, tighter } from './deadline.ts'
import { cachingOf, type Outcome } from './outcome.ts'
import type { Scope } from './scope.ts'
import { joinQuery } from './shape.ts'

const LARGEST_ERROR_BYTES = 1024 * 1024
/** How long a reservation of body memory outlives its call's clock; without a clock it lapses after a minute. */
const GRACE_MS = 1000
const SILENCE_MS = 60_000

/** What all backends of a request have in common. */
export interface Question {
  readonly exchange: Exchange
  /** Copied for each call. */
  readonly headers: Headers
  readonly query: string
  readonly body: ReadableStream | ArrayBuffer | null
  /** What is left of the endpoint's budget; 0 means no limit. */
  readonly budgetMs: number
  /** Formatted answers of the backends before, for `{respN_field}`. */
  readonly responses: readonly Json[]
}

/** Calls one backend of a formatted route and decodes and shapes its answer. Never rejects. */
export type Ask = (question: Question) => Promise<Outcome>

/** Builds the asking of a backend: template, call, body limit, decoding, shaping. */
export function createAsk(route: Route, backend: Backend, scope: Scope): Ask {
  const call = createCall(backend, scope)
  const read = createReader(route, backend, scope)
  return async ({ exchange, headers, query, body, budgetMs, responses }) => {
    const path = fillTemplate(backend.path, { params: exchange.params, responses })
    if (!path.ok)
      return failed({
        kind: responses.length > 0 ? 'bad-chain' : 'bad-parameter',
        reason: path.error,
      })
    const deadline = startDeadline(tighter(budgetMs, backend.timeoutMs))
    const outgoing = {
      path: joinQuery(route.isBypass ? exchange.path : path.value, query),
      method: route.isBypass ? exchange.method : backend.method,
      headers: new Headers(headers),
      body,
    }
    const answer = await call(outgoing, exchange, deadline)
    const outcome = answer.ok ? await read(answer.value, deadline) : failed(answer.error)
    deadline.stop()
    return withDetails(outcome, backend, outgoing.path)
  }
}

const failed = (failure: Failure): Outcome => ({ kind: 'failure', failure })

function createReader(route: Route, backend: Backend, { budget }: Scope) {
  const toOutcome = createFormatter(backend, route.backends.length > 1)
  return async (response: Response, deadline: Deadline): Promise<Outcome> => {
    const limit = response.ok ? route.maxBodyBytes : LARGEST_ERROR_BYTES
    const held = budget.reserve(deadline.limitMs === 0 ? SILENCE_MS : deadline.limitMs + GRACE_MS)
    try {
      const body = await readText(response, { bytes: limit, held })
      if (!body.ok) {
        return failed(
          body.error === 'busy'
            ? { kind: 'busy' }
            : { kind: 'upstream-too-large', limitBytes: limit },
        )
      }
      return toOutcome(response, body.value)
    } catch {
      return failed(failureOf(deadline))
    } finally {
      held.release()
    }
  }
}

function createFormatter(backend: Backend, isPart: boolean) {
  const shape = (isPart ? createPartShaper : createShaper)(backend.shaping)
  return (response: Response, text: string): Outcome => {
    const { status, headers } = response
    if (!response.ok) return { kind: 'refusal', status, text, headers }
    const caching = cachingOf(headers)
    if (text === '') return { kind: 'empty', status, caching }
    const decoded = decodeBody(text, backend.encoding, backend.shaping)
    if (!decoded.ok) return failed({ kind: 'upstream-undecodable', reason: decoded.error })
    return { kind: 'value', value: shape(decoded.value), status, isComplete: true, caching }
  }
}

/** `return_error_details` turns whatever went wrong into an object that stands in the answer. */
function withDetails(outcome: Outcome, backend: Backend, path: string): Outcome {
  const id = backend.errorDetails
  if (id === undefined || outcome.kind === 'value' || outcome.kind === 'empty') return outcome
  const status = outcome.kind === 'refusal' ? outcome.status : statusOf(outcome.failure)
  const text = outcome.kind === 'refusal' ? outcome.text : ''
  const value = errorDetails({ id, status, body: text, path: path.replace(/\?.*$/s, '') })
  return { kind: 'value', value, status: 200, isComplete: false, caching: 'never' }
}
