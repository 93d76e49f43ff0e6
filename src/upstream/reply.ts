import type { Context } from 'hono'
import type { GatewayEnv } from '../http/context.ts'
import { detailOf, type FailedPart, type Failure, statusOf } from '../http/failure.ts'
import { refuse } from '../http/refuse.ts'
import { type Completion, INCOMPLETE, stamp } from '../http/stamp.ts'
import type { Backend, Route } from '../plan/types.ts'
import { createFlatmap } from '../shaping/flatmap.ts'
import { mergeParts, type Part } from '../shaping/merge.ts'
import { render, type Rendered } from '../shaping/render.ts'
import type { Json } from '../shaping/types.ts'
import { cacheControl } from './cache-control.ts'
import { failureIn, type Outcome } from './outcome.ts'

const encoder = new TextEncoder()

/** Turns the outcomes of a route's backends into its answer. */
export type Reply = (c: Context<GatewayEnv>, outcomes: readonly Outcome[]) => Response

/** The answer matrix of formatted routes (docs/compatibility.md, "Answers"). */
export function createReply(route: Route): Reply {
  const finish = route.flatmap.length === 0 ? (value: Json) => value : createFlatmap(route.flatmap)
  const write = (c: Context<GatewayEnv>, outcomes: readonly Outcome[], good: Good): Response => {
    const { status, completion } = good
    const response =
      good.value === undefined
        ? new Response(null, { status })
        : respond(status, render(finish(good.value), route.output))
    stamp(response.headers, completion)
    const control = completion.isComplete ? cacheControl(c.req.raw, route, outcomes) : undefined
    if (control !== undefined) response.headers.set('cache-control', control)
    return response
  }
  return (c, outcomes) => {
    const [only] = outcomes
    if (only === undefined || outcomes.length > 1) return replyMerged(c, outcomes, { route, write })
    if (only.kind === 'failure') return refuse(c, only.failure)
    if (only.kind === 'refusal') return passRefusal(only)
    const value = only.kind === 'value' ? only.value : undefined
    return write(c, outcomes, {
      value,
      status: only.status,
      completion: completionOf(outcomes, []),
    })
  }
}

/** Sets the headers of the finished answer: as a part of its making they would be copied. */
function respond(status: number, { text, contentType }: Rendered): Response {
  const bytes = encoder.encode(text)
  const response = new Response(bytes, { status })
  response.headers.set('content-type', contentType)
  response.headers.set('content-length', String(bytes.byteLength))
  return response
}

/** What a good answer is written from; without a value its body is empty. */
interface Good {
  readonly value: Json | undefined
  readonly status: number
  readonly completion: Completion
}

type Write = (c: Context<GatewayEnv>, outcomes: readonly Outcome[], good: Good) => Response

function replyMerged(
  c: Context<GatewayEnv>,
  outcomes: readonly Outcome[],
  { route, write }: { readonly route: Route; readonly write: Write },
): Response {
  const failed = outcomes.flatMap(toFailedPart)
  if (failed.length === outcomes.length) {
    return refuse(c, { kind: 'parts-failed', status: commonStatus(failed), parts: failed })
  }
  const parts = outcomes.flatMap((outcome, index) => toPart(outcome, route.backends[index]))
  const completion = completionOf(outcomes, failed)
  return write(c, outcomes, { value: mergeParts(parts), status: 200, completion })
}

/** An error object stands beside the groups, not in one. */
function toPart(outcome: Outcome, backend: Backend | undefined): readonly Part[] {
  if (outcome.kind !== 'value') return []
  return [{ value: outcome.value, group: outcome.isComplete ? (backend?.shaping.group ?? '') : '' }]
}

function toFailedPart(outcome: Outcome, backend: number): readonly FailedPart[] {
  const failure = failureIn(outcome)
  return failure === undefined ? [] : [{ backend, failure }]
}

/** The status all parts share, else 502. */
function commonStatus(parts: readonly FailedPart[]): number {
  const [first, ...rest] = parts.map(({ failure }) => statusOf(failure))
  return first !== undefined && rest.every((status) => status === first) ? first : 502
}

function completionOf(outcomes: readonly Outcome[], failed: readonly FailedPart[]): Completion {
  if (failed.length > 0) {
    const message = failed.map(({ backend, failure }) => `backend ${backend}: ${detailOf(failure)}`)
    return { isComplete: false, message: message.join('; ') }
  }
  const isComplete = outcomes.every((outcome) => outcome.kind !== 'value' || outcome.isComplete)
  return { isComplete, message: isComplete ? 'OK' : INCOMPLETE }
}

/** Headers of an upstream's error that a client needs to act on it. */
const TELLING = ['allow', 'content-type', 'location', 'retry-after', 'www-authenticate']

function passRefusal({ status, body, headers }: Extract<Outcome, { kind: 'refusal' }>): Response {
  const kept = new Headers()
  for (const name of TELLING) {
    const value = headers.get(name)
    if (value !== null) kept.set(name, value)
  }
  stamp(kept, {
    isComplete: false,
    message: detailOf({ kind: 'upstream-status', status } satisfies Failure),
  })
  return new Response(body.byteLength === 0 ? null : body, { status, headers: kept })
}
