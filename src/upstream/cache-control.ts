import type { Installed, Route } from '../plan/types.ts'
import { policies } from '../policies/index.ts'
import type { Outcome } from './outcome.ts'

/** Policies that decide by who asks, each alone or combined: what they guard is never shared. */
const isGuarding = ({ key, members }: Installed): boolean =>
  members !== undefined || policies[key]?.judge !== undefined

/**
 * `Cache-Control` of a complete formatted answer, or undefined for none: `public` unless the request carried
 * credentials, the route authenticates, or an upstream said `private`; `no-store` when one forbade keeping.
 */
export function cacheControl(
  request: Request,
  route: Route,
  outcomes: readonly Outcome[],
): string | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
  if (route.cacheTtlS <= 0) return undefined
  const cachings = outcomes.map((outcome) => ('caching' in outcome ? outcome.caching : 'never'))
  if (cachings.includes('never')) return 'no-store'
  const isPersonal =
    cachings.includes('private') ||
    request.headers.has('authorization') ||
    request.headers.has('cookie') ||
    route.policies.some(isGuarding)
  return `${isPersonal ? 'private' : 'public'}, max-age=${route.cacheTtlS}`
}
