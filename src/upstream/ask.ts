import type { Exchange } from '../http/context.ts'
import { type Failure, statusOf } from '../http/failure.ts'
import type { Backend, Route } from '../plan/types.ts'
import { fillTemplate } from '../plan/template.ts'
import { errorDetails } from '../shaping/error-details.ts'
import type { Json } from '../shaping/types.ts'
import { createCall } from './call.ts'
import { type Clocks, tighter } from './deadline.ts'
import { failed, type Finish, type Outcome } from './outcome.ts'
import { createReader } from './read.ts'
import type { Scope } from './scope.ts'
import { joinQuery } from './shape.ts'

/** What all backends of a request have in common. */
export interface Question {
  readonly exchange: Exchange
  /** Copied for each of several calls. */
  readonly headers: Headers
  readonly query: string
  readonly body: ReadableStream | ArrayBuffer | null
  /** What is left of the endpoint's budget; 0 means no limit. */
  readonly budgetMs: number
  /** Started with the calls; whoever asks stops them when all have answered. */
  readonly clocks: Clocks
  /** Formatted answers of the backends before, for `{respN_field}`. */
  readonly responses: readonly Json[]
}

/** Calls one backend of a formatted route and reads its answer; what it returns decodes and shapes it. Never rejects. */
export type Ask = (question: Question) => Promise<Finish>

/** Builds the asking of a backend: template, call, body limit, decoding, shaping. */
export function createAsk(route: Route, backend: Backend, scope: Scope): Ask {
  const call = createCall(route, backend, scope)
  const read = createReader(route, backend, scope)
  const isAlone = route.backends.length === 1
  return async ({ exchange, headers, query, body, budgetMs, clocks, responses }) => {
    const path = fillTemplate(backend.path, { params: exchange.params, responses })
    if (!path.ok) {
      const kind = responses.length > 0 ? 'bad-chain' : 'bad-parameter'
      return () => failed({ kind, reason: path.error })
    }
    const deadline = clocks.start(tighter(budgetMs, backend.timeoutMs))
    const outgoing = {
      path: joinQuery(route.isBypass ? exchange.path : path.value, query),
      method: route.isBypass ? exchange.method : backend.method,
      headers: isAlone ? headers : new Headers(headers),
      body,
    }
    const answer = await call(outgoing, exchange, deadline)
    const finish = answer.ok ? await read(answer.value, exchange, deadline) : fail(answer.error)
    return (allowance) => withDetails(finish(allowance), backend, outgoing.path)
  }
}

const fail =
  (failure: Failure): Finish =>
  () =>
    failed(failure)

/** `return_error_details` turns whatever went wrong into an object that stands in the answer. */
function withDetails(outcome: Outcome, backend: Backend, path: string): Outcome {
  const id = backend.errorDetails
  if (id === undefined || outcome.kind === 'value' || outcome.kind === 'empty') return outcome
  const status = outcome.kind === 'refusal' ? outcome.status : statusOf(outcome.failure)
  const text = outcome.kind === 'refusal' ? new TextDecoder().decode(outcome.body) : ''
  const value = errorDetails({ id, status, body: text, path: path.replace(/\?.*$/s, '') })
  return { kind: 'value', value, status: 200, isComplete: false, caching: 'never' }
}
