import type { Context, MiddlewareHandler } from 'hono'
import type { GatewayEnv } from '../http/context.ts'
import { type Failure, problem } from '../http/failure.ts'
import { checkPath } from '../http/path.ts'
import { createMatcher } from '../plan/match.ts'
import type { Route } from '../plan/types.ts'
import { createCollect } from '../upstream/collect.ts'
import { buildPolicies } from './policies.ts'
import type { Scope } from '../upstream/scope.ts'
import { createStream, type Forward } from '../upstream/stream.ts'

/** Not even a bypass of everything gets at a first segment that begins with two underscores, however spelled. */
const RESERVED = /^\/+(?:_|%5f){2}/i

/** Its answer repeats the request, with the credentials that the gateway would add (RFC 9110 section 9.3.8). */
const NO_TRACE: Failure = {
  kind: 'method-not-allowed',
  allow: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
}

/** Step 2, *match*, and the way into the route: its policies, then its forwarding. */
export function createDispatch(
  routes: readonly Route[],
  scope: Scope,
): (c: Context<GatewayEnv>) => Response | Promise<Response> {
  const matcher = createMatcher(routes)
  const handlers = new Map<Route, Forward>()
  return (c) => {
    const exchange = c.get('exchange')
    const checked = checkPath(exchange.path)
    if (!checked.ok) return problem({ kind: 'bad-path', reason: checked.error }, exchange.requestId)
    if (exchange.method === 'TRACE') return problem(NO_TRACE, exchange.requestId)
    if (RESERVED.test(exchange.path)) return problem({ kind: 'not-found' }, exchange.requestId)
    const match = matcher.match(exchange.method, exchange.path)
    switch (match.kind) {
      case 'route': {
        exchange.route = match.route.name
        exchange.params = match.params
        return handlerOf(match.route, handlers, scope)(c)
      }
      case 'redirect':
        return redirect(c, match.path)
      case 'method-not-allowed':
        return exchange.method === 'OPTIONS'
          ? new Response(null, { status: 204, headers: { allow: match.allow.join(', ') } })
          : problem(match, exchange.requestId)
      default:
        return problem(match, exchange.requestId)
    }
  }
}

/** Built on the first request of a route, so that a large plan starts as fast as a small one. */
function handlerOf(route: Route, handlers: Map<Route, Forward>, scope: Scope): Forward {
  const known = handlers.get(route)
  if (known !== undefined) return known
  const forward =
    route.output === 'no-op' ? createStream(route, scope) : createCollect(route, scope)
  const { ports, bufferBody } = scope
  const layers = buildPolicies(route.policies, { ports, bufferBody, endpoint: route.name })
  const handler = layers.reduceRight(wrap, forward)
  handlers.set(route, handler)
  return handler
}

/** Middleware either answers itself or awaits `next` and finds the answer in `c.res`. */
const wrap =
  (next: Forward, policy: MiddlewareHandler<GatewayEnv>): Forward =>
  async (c) => {
    const answer = await policy(c, async () => {
      c.res = await next(c)
    })
    return answer ?? c.res
  }

function redirect(c: Context<GatewayEnv>, path: string): Response {
  const { method, query } = c.get('exchange')
  const status = method === 'GET' || method === 'HEAD' ? 301 : 308
  return new Response(null, { status, headers: { location: path + query } })
}
