import type { MiddlewareHandler } from 'hono'
import type { GatewayEnv } from '../http/context.ts'
import type { Site } from '../plan/types.ts'
import type { Host } from './host.ts'
import { createReceive } from './receive.ts'
import { CLIENT_GONE, createRecord, type Ending, endingOf } from './record.ts'

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
    let isOver = false
    const end = (ending: Ending) => {
      if (isOver) return
      isOver = true
      for (const lease of exchange.leases ?? []) lease.end()
      record(exchange, ending)
    }
    c.req.raw.signal.addEventListener('abort', () => end(CLIENT_GONE))
    await next()
    const response = c.res
    response.headers.set('x-request-id', exchange.requestId)
    end(endingOf(exchange.method, response))
  }
}
