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

/** Puts a refusal in the place of the answer that is there. */
export async function replaceAnswer(c: Context<GatewayEnv>, failure: Failure): Promise<void> {
  if (c.finalized) await c.res.body?.cancel()
  // Hono would copy the headers of the answer before.
  c.res = undefined
  c.res = refuse(c, failure)
}
