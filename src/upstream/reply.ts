import type { Context } from 'hono'
import type { GatewayEnv } from '../http/context.ts'
import { detailOf, type FailedPart, type Failure, statusOf } from '../http/failure.ts'
import type { Backend, Route } from '../plan/types.ts'
import { createFlatmap } from '../shaping/flatmap.ts'
import { mergeParts, type Part } from '../shaping/merge.ts'
import { render } from '../shaping/render.ts'
import type { Json } from '../shaping/types.ts'
import { cacheControl } from './cache-control.ts'
import { failureIn, type Outcome } from './outcome.ts'
import { type Completion, INCOMPLETE, stamp } from './stamp.ts'
import { refuse } from './stream.ts'

const encoder = new TextEncoder()

/** Turns the outcomes of a route's backends into its answer. */
export type Reply = (c: Context<GatewayEnv>, outcomes: readonly Outcome[]) => Response

/** The answer matrix of formatted routes (the compatibility page's section "Answers"). */
export function createReply(route: Route): Reply {
  const finish = route.flatmap.length === 0 ? (value: Json) => value : createFlatmap(route.flatmap)
  return (c, outcomes) => {
    const [first] = outcomes
    if (first === undefined) return refuse(c, { kind: 'internal' })
    const isAlone = outcomes.length === 1
    if (isAlone && first.kind === 'failure') return refuse(c, first.failure)
    if (isAlone && first.kind === 'refusal') return passRefusal(first)
    const failed = outcomes.flatMap(toFailedPart)
    if (failed.length === outcomes.length) {
      return refuse(c, { kind: 'parts-failed', status: commonStatus(failed), parts: failed })
    }
    const completion = completionOf(outcomes, failed)
    const status =
      isAlone && first.kind !== 'refusal' && first.kind !== 'failure' ? first.status : 200
    const parts = outcomes.flatMap((outcome, index) => toPart(outcome, route.backends[index]))
    const headers = new Headers()
    stamp(headers, completion)
    const control = completion.isComplete ? cacheControl(c.req.raw, route, outcomes) : undefined
    if (control !== undefined) headers.set('cache-control', control)
    if (isAlone && parts.length === 0) return new Response(null, { status, headers })
    const merged = isAlone && parts[0] !== undefined ? parts[0].value : mergeParts(parts)
    const { text, contentType } = render(finish(merged), route.output)
    const bytes = encoder.encode(text)
    headers.set('content-type', contentType)
    headers.set('content-length', String(bytes.byteLength))
    return new Response(bytes, { status, headers })
  }
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

function passRefusal({ status, text, headers }: Extract<Outcome, { kind: 'refusal' }>): Response {
  const kept = new Headers()
  for (const name of TELLING) {
    const value = headers.get(name)
    if (value !== null) kept.set(name, value)
  }
  stamp(kept, {
    isComplete: false,
    message: detailOf({ kind: 'upstream-status', status } satisfies Failure),
  })
  return new Response(text === '' ? null : text, { status, headers: kept })
}
