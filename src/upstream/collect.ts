import { refuse } from '../http/refuse.ts'
import { ok } from '../lib/result.ts'
import type { Route } from '../plan/types.ts'
import type { Json } from '../shaping/types.ts'
import { type Ask, createAsk, type Question } from './ask.ts'
import { createClocks, remaining } from './deadline.ts'
import { createAllowance } from './decode.ts'
import { failureIn, type Outcome } from './outcome.ts'
import { createReply } from './reply.ts'
import type { Scope } from './scope.ts'
import { shapeHeaders, shapeQuery } from './shape.ts'
import type { Forward } from './stream.ts'

/** A route whose answer is decoded, shaped and, with several backends, merged. */
export function createCollect(route: Route, scope: Scope): Forward {
  const asks = route.backends.map((backend) => createAsk(route, backend, scope))
  const gather = route.isSequential ? inSequence(asks, route, scope) : atOnce(asks, route)
  const reply = createReply(route)
  return async (c) => {
    const exchange = c.get('exchange')
    // With one backend the body streams on; several each get a copy of the buffered bytes.
    const body =
      route.backends.length === 1
        ? ok(exchange.body ?? c.req.raw.body)
        : await scope.bufferBody(c, route.maxRequestBodyBytes)
    if (!body.ok) return refuse(c, body.error)
    const headers = shapeHeaders(c.req.raw, route, exchange)
    // Only gzip, br and deflate are decoded by the platform; what the client accepts does not matter here.
    headers.set('accept-encoding', 'gzip')
    const query = shapeQuery(exchange.query, route.exceptQuery)
    return reply(c, await gather({ exchange, headers, query, body: body.value }))
  }
}

type Common = Pick<Question, 'exchange' | 'headers' | 'query' | 'body'>
type Gather = (common: Common) => Promise<readonly Outcome[]>

const atOnce =
  (asks: readonly Ask[], route: Route): Gather =>
  async (common) => {
    const clocks = createClocks()
    const question = { ...common, budgetMs: route.timeoutMs, clocks, responses: [] }
    const finishes = await Promise.all(asks.map((ask) => ask(question)))
    clocks.stop()
    const allowance = createAllowance()
    return finishes.map((finish) => finish(allowance))
  }

/** In order, each with the answers before it; stops at the first failure. */
const inSequence =
  (asks: readonly Ask[], route: Route, scope: Scope): Gather =>
  async (common) => {
    const outcomes: Outcome[] = []
    const responses: Json[] = []
    const allowance = createAllowance()
    for (const ask of asks) {
      const elapsedMs = scope.ports.now() - common.exchange.startedAt
      const budgetMs = remaining(route.timeoutMs, elapsedMs)
      const clocks = createClocks()
      const finish = await ask({ ...common, budgetMs, clocks, responses })
      clocks.stop()
      const outcome = finish(allowance)
      outcomes.push(outcome)
      if (failureIn(outcome) !== undefined) break
      if (outcome.kind === 'value' && !outcome.isComplete) break
      responses.push(outcome.kind === 'value' ? outcome.value : {})
    }
    return outcomes
  }
