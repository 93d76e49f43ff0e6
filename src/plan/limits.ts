import type { Place } from '../config/diagnostics.ts'
import type { Rule } from '../limits/rule.ts'
import { policies } from '../policies/index.ts'
import { transports } from '../transports/index.ts'
import { below } from './checks.ts'
import type { Backend, Plan, Route } from './types.ts'

/** A rule of a plan and the block that it stands in. */
export interface PlacedRule {
  readonly rule: Rule
  readonly place: Place
}

/** The limits of a route itself, in the order in which they are asked. */
export const routeLimits = (route: Route): readonly PlacedRule[] =>
  route.policies.flatMap(({ key, options }) => {
    const rules = policies[key]?.limits?.(options, { endpoint: route.name }) ?? []
    return rules.map((rule) => ({ rule, place: below(route.place, 'middleware', key) }))
  })

/** The limits of one of its backends. */
export const backendLimits = (route: Route, backend: Backend): readonly PlacedRule[] => {
  const index = route.backends.indexOf(backend)
  return backend.transports.flatMap(({ key, options }) => {
    const stand = { endpoint: route.name, backend: index }
    const rules = transports[key]?.limits?.(options, stand) ?? []
    const place = below(route.place, 'backend', index, 'middleware', key)
    return rules.map((rule) => ({ rule, place }))
  })
}

/** Every limit of a plan, as far as it is compiled. */
export const planLimits = ({ routes }: Plan): readonly PlacedRule[] =>
  routes.flatMap((route) => [
    ...routeLimits(route),
    ...route.backends.flatMap((backend) => backendLimits(route, backend)),
  ])
