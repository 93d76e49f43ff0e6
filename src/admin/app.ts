import type { Context } from 'hono'
import type { AdminDoor } from '../gateway/host.ts'
import type { GatewayEnv } from '../http/context.ts'
import { createMatcher } from '../plan/match.ts'
import { allowOrigin } from './cors.ts'
import type { AdminHost } from './host.ts'
import { guard } from './guard.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations/index.ts'
import { perform } from './perform.ts'
import { createRecorder } from './recorder.ts'
import { type Refusal, refuse } from './refusal.ts'
import { StoreFault } from './store-fault.ts'

/** Where the API lives. */
const ADMIN_PATH = '/__admin/api'

/** Builds the Admin API from the table of its operations. It works without a live plan: then it is needed most. */
export function createAdmin(host: AdminHost): AdminDoor {
  const dispatch = createDispatch(host)
  return async (c) => {
    const answer = await dispatch(c).catch((cause: unknown) => answerFailure(cause, c))
    return allowOrigin(answer, c.get('exchange'), host.livePlan()?.site.admin.origins ?? [])
  }
}

function createDispatch(host: AdminHost): AdminDoor {
  const matcher = createMatcher<Operation>(operations.flatMap(spellings))
  const recorder = createRecorder(host)
  return async (c) => {
    const exchange = c.get('exchange')
    exchange.route = '__admin'
    const refusal = guard(host.livePlan()?.site, exchange)
    if (refusal !== undefined) return refuse(refusal, exchange.requestId)
    const match = isBelow(exchange.path)
      ? matcher.match(exchange.method, exchange.path.slice(ADMIN_PATH.length))
      : NOTHING
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

const isBelow = (path: string): boolean => path.startsWith(`${ADMIN_PATH}/`)

const NOTHING = { kind: 'not-found' } as const

const NO_OPERATION: Refusal = {
  kind: 'not-found',
  detail: 'There is no such operation; GET openapi.json lists them.',
}

/** Names of API files hold a slash, which clients may encode or not. */
const spellings = (operation: Operation): readonly Operation[] =>
  operation.path.includes('{file}')
    ? [operation, { ...operation, path: operation.path.replace('{file}', 'apis/{apis-file}') }]
    : [operation]

function answerFailure(cause: unknown, c: Context<GatewayEnv>): Response {
  const exchange = c.get('exchange')
  exchange.error = cause instanceof Error ? (cause.stack ?? String(cause)) : String(cause)
  const kind = cause instanceof StoreFault ? 'store-unavailable' : 'internal'
  return refuse({ kind }, exchange.requestId)
}
