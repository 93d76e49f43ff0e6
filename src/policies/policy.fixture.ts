import { Hono } from 'hono'
import type { Exchange, GatewayEnv } from '../http/context.ts'
import { exchangeWith } from '../http/exchange.fixture.ts'
import { readHeaders } from '../http/headers.ts'
import { installationWith } from '../http/installation.fixture.ts'
import { splitTarget } from '../http/path.ts'
import type { Ports } from '../ports.ts'
import type { Policy } from './policy.ts'

/** What came of one request to an endpoint behind a policy. */
export interface Passage {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Whether the endpoint was reached. */
  readonly hasPassed: boolean
  readonly exchange: Exchange
}

interface Ask extends RequestInit {
  readonly path?: string
  readonly client?: string
}

/** An endpoint behind one policy, asked with a request; it answers with the body it was sent. */
export function behind(
  policy: Policy,
  options: Readonly<Record<string, unknown>>,
  ports: Partial<Ports> = {},
) {
  const middleware = policy.build(options, installationWith(ports))
  return async ({ path = '/', client = '192.0.2.7', ...init }: Ask = {}): Promise<Passage> => {
    let hasPassed = false
    let exchange = exchangeWith()
    const app = new Hono<GatewayEnv>()
    app.use(async (c, next) => {
      const { raw } = c.req
      exchange = exchangeWith({
        sent: readHeaders(raw.headers),
        client,
        method: raw.method,
        ...splitTarget(raw.url),
      })
      c.set('exchange', exchange)
      await next()
    })
    app.use(middleware)
    app.all('*', async (c) => {
      hasPassed = true
      return new Response(c.get('exchange').body ?? c.req.raw.body)
    })
    app.onError((error) => new Response(String(error), { status: 500 }))
    const response = await app.request(`http://gateway.test${path}`, init)
    const { status, headers } = response
    return { status, headers, text: await response.text(), hasPassed, exchange }
  }
}
