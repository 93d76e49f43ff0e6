import { Hono } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import type { GatewayEnv } from '../http/context.ts'
import { problem } from '../http/failure.ts'
import { splitTarget } from '../http/path.ts'
import type { Plan } from '../plan/types.ts'
import { createBodyBudget } from '../upstream/budget.ts'
import { createBufferBody } from '../upstream/request-body.ts'
import { createDispatch } from './dispatch.ts'
import { createFrame } from './frame.ts'
import type { Host } from './host.ts'
import { buildPolicies } from './policies.ts'
import { createReserved } from './reserved.ts'

/** An app built from one plan. It is never edited: a new plan is a new gateway. */
export type Gateway = Hono<GatewayEnv>

/** One for all gateways of the isolate: requests of an old plan still hold memory after a swap. */
const budget = createBodyBudget()

/** Builds the Hono app of a plan, in the order of the seven steps. */
export function createGateway(plan: Plan, host: Host): Gateway {
  const { site } = plan
  const { ports, inFlight } = host
  const bufferBody = createBufferBody(budget)
  const scope = { site, registered: plan.registered ?? {}, ports, budget, bufferBody, inFlight }
  const app = new Hono<GatewayEnv>({
    router: new TrieRouter(),
    getPath: (request) => splitTarget(request.url).path,
  })
  app.use(createFrame(site, host))
  if (host.admin !== undefined) app.all('/__admin/*', host.admin)
  for (const policy of buildPolicies(site.policies, { ports, bufferBody, endpoint: '' })) {
    app.use(policy)
  }
  app.route('/', createReserved(plan, host))
  app.all('*', createDispatch(plan.routes, scope))
  app.onError((cause, c) => {
    const exchange = c.get('exchange')
    exchange.error = cause.stack ?? String(cause)
    return problem({ kind: 'internal' }, exchange.requestId)
  })
  return app
}
