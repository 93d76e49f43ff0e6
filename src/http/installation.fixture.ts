import { err, ok } from '../lib/result.ts'
import { portsWith } from '../ports/ports.fixture.ts'
import type { Ports } from '../ports.ts'
import type { BufferBody, Installation } from './installation.ts'

/** Noon of 1 June 2026 (UTC), when tests of policies take place. */
export const NOON = Date.UTC(2026, 5, 1, 12)

/** An installation without a world; tests hand in the ports that they need. */
export const installationWith = (ports: Partial<Ports> = {}): Installation => ({
  endpoint: 'tested',
  bufferBody,
  judges: new Map(),
  ports: portsWith({ now: () => NOON, ...ports }),
})

/** As the gateway does it, without a budget. */
const bufferBody: BufferBody = async (c, limitBytes) => {
  const exchange = c.get('exchange')
  exchange.body ??= await new Response(c.req.raw.body).arrayBuffer()
  if (!(exchange.body instanceof ArrayBuffer)) throw new Error('wrapped before it was read')
  return exchange.body.byteLength > limitBytes
    ? err({ kind: 'request-too-large', limitBytes })
    : ok(exchange.body)
}
