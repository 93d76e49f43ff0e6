import type { MiddlewareHandler } from 'hono'
import type { GatewayEnv } from '../http/context.ts'
import type { Site } from '../plan/types.ts'
import type { Host } from './host.ts'
import { createReceive } from './receive.ts'
import { createRecord } from './record.ts'

/** Steps 1 and 7 around all others: one layer, because each layer of Hono costs every request promises and closures. */
export function createFrame(
  site: Pick<Site, 'trustedProxies' | 'logFormat'>,
  host: Host,
): MiddlewareHandler<GatewayEnv> {
  const receive = createReceive(site, host)
  const record = createRecord(site, host)
  return async (c, next) => {
    const exchange = receive(c)
    c.set('exchange', exchange)
    await next()
    for (const end of exchange.leases ?? []) end()
    record(exchange, c.res)
  }
}
