import { Hono } from 'hono'
import { bearerMatches } from '../http/bearer.ts'
import type { GatewayEnv } from '../http/context.ts'
import { bearerChallenge } from '../http/challenge.ts'
import { problem } from '../http/failure.ts'
import { VERSION } from '../lib/version.ts'
import type { Plan } from '../plan/types.ts'
import type { Host } from './host.ts'

/** Paths whose first segment begins with two underscores: the gateway's own. */
export function createReserved(plan: Plan, { ports, metricsToken }: Host): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>()
  app.get('/__health', (c) => {
    c.get('exchange').route = '__health'
    return c.json({ status: 'ok', version: VERSION, snapshot: plan.version })
  })
  app.get('/__metrics', async (c) => {
    const exchange = c.get('exchange')
    exchange.route = '__metrics'
    if (
      !plan.site.metricsArePublic &&
      !bearerMatches(c.req.header('authorization'), metricsToken)
    ) {
      return problem({ kind: 'unauthorized', challenges: [bearerChallenge()] }, exchange.requestId)
    }
    try {
      return c.text(await ports.telemetry.exposition(exchange.later), 200, {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      })
    } catch (cause) {
      // A sum without one of its shards would look like a reset of every counter.
      exchange.error = String(cause)
      return problem({ kind: 'busy' }, exchange.requestId)
    }
  })
  return app
}
