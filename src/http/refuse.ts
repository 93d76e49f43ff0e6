import type { Context } from 'hono'
import type { GatewayEnv } from './context.ts'
import { detailOf, type Failure, problem } from './failure.ts'
import { stamp } from './stamp.ts'

/** A problem answer of an endpoint: with the completion headers. */
export function refuse(c: Context<GatewayEnv>, failure: Failure): Response {
  const response = problem(failure, c.get('exchange').requestId)
  stamp(response.headers, { isComplete: false, message: detailOf(failure) })
  return response
}
