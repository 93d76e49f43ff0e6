import type { Context } from 'hono'
import { clientAddress } from '../http/address.ts'
import { parseNetworks } from '../lib/networks.ts'
import { readHeaders } from '../http/headers.ts'
import type { Exchange, GatewayEnv } from '../http/context.ts'
import { splitTarget } from '../http/path.ts'
import { readTrace } from '../http/trace.ts'
import type { Site } from '../plan/types.ts'
import type { Host } from './host.ts'

/** A request id that a client may choose: visible ASCII without quotes, at most 128 characters. */
const REQUEST_ID = /^[A-Za-z0-9._~:/+=@-]{1,128}$/

/** Step 1, *receive*: who asks, for what, since when. */
export function createReceive(
  site: Pick<Site, 'trustedProxies'>,
  { ports, addressSource }: Host,
): (c: Context<GatewayEnv>) => Exchange {
  const proxies = parseNetworks(site.trustedProxies)
  return (c) => {
    const request = c.req.raw
    const sent = readHeaders(request.headers)
    const sentId = sent.get('x-request-id')
    return {
      requestId: sentId !== undefined && REQUEST_ID.test(sentId) ? sentId : crypto.randomUUID(),
      trace: readTrace(sent),
      sent,
      client: clientAddress(request, addressSource, proxies),
      method: request.method,
      ...splitTarget(request.url),
      params: {},
      startedAt: ports.now(),
      later: (work) => c.executionCtx.waitUntil(work),
      route: '-',
      calls: [],
    }
  }
}
