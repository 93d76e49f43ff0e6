import { type Context, Hono } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import { createFrame } from '../gateway/frame.ts'
import type { GatewayEnv } from '../http/context.ts'
import { splitTarget } from '../http/path.ts'
import { createMatcher } from '../plan/match.ts'
import type { AdminHost } from './host.ts'
import { guard } from './guard.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations/index.ts'
import { perform } from './perform.ts'
import { createRecorder } from './recorder.ts'
import { type Refusal, refuse } from './refusal.ts'
import { StoreFault } from './store-fault.ts'

/** The Admin API of an isolate. It answers without a live plan too: that is when it is needed most. */
export interface Admin {
  /** Whether a request is the Admin API's. */
  readonly owns: (url: string) => boolean
  readonly fetch: (request: Request, context: ExecutionContext) => Response | Promise<Response>
}

/** Where the API lives. */
const ADMIN_PATH = '/__admin/api'

/** Builds the Admin API from the table of its operations. */
export function createAdmin(host: AdminHost): Admin {
  const app = new Hono<GatewayEnv>({
    router: new TrieRouter(),
    getPath: (request) => splitTarget(request.url).path,
  })
  const site = () => host.livePlan()?.site ?? NO_SITE
  app.use((c, next) => createFrame(site(), host.gateway)(c, next))
  app.all('*', createDispatch(host))
  app.onError((cause, c) => answerFailure(cause, c))
  return {
    owns: (url) => isBelow(splitTarget(url).path),
    fetch: (request, context) => app.fetch(request, {}, context),
  }
}

/** Without a live plan nobody is trusted and everything is logged. */
const NO_SITE = { trustedProxies: [], logFormat: 'json' } as const

const isBelow = (path: string): boolean =>
  path.startsWith(ADMIN_PATH) &&
  (path.length === ADMIN_PATH.length || path[ADMIN_PATH.length] === '/')

function createDispatch(host: AdminHost): (c: Context<GatewayEnv>) => Promise<Response> {
  const matcher = createMatcher<Operation>(operations.flatMap(spellings))
  const recorder = createRecorder(host)
  return async (c) => {
    const exchange = c.get('exchange')
    exchange.route = '__admin'
    const refusal = guard(host.livePlan()?.site, exchange)
    if (refusal !== undefined) return refuse(refusal, exchange.requestId)
    const match = matcher.match(exchange.method, exchange.path.slice(ADMIN_PATH.length))
    switch (match.kind) {
      case 'route':
        exchange.route = `__admin ${match.route.id}`
        return perform(match.route, match.params, { host, recorder, c })
      case 'method-not-allowed':
        return exchange.method === 'OPTIONS'
          ? new Response(null, { status: 204, headers: { allow: match.allow.join(', ') } })
          : refuse(match, exchange.requestId)
      default:
        return refuse(NO_OPERATION, exchange.requestId)
    }
  }
}

const NO_OPERATION: Refusal = {
  kind: 'not-found',
  detail: 'There is no such operation; GET openapi.json lists them.',
}

/** Names of API files hold a slash, which clients may encode or not. */
const spellings = (operation: Operation): readonly Operation[] =>
  operation.path.includes('{file}')
    ? [operation, { ...operation, path: operation.path.replace('{file}', 'apis/{apis-file}') }]
    : [operation]

function answerFailure(cause: Error, c: Context<GatewayEnv>): Response {
  const exchange = c.get('exchange')
  exchange.error = cause.stack ?? String(cause)
  const kind = cause instanceof StoreFault ? 'store-unavailable' : 'internal'
  return refuse({ kind }, exchange.requestId)
}
