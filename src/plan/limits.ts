import { silent } from '../config/conform.ts'
import type { Place } from '../config/diagnostics.ts'
import type { MiddlewareDocument } from '../config/document.ts'
import { fill, holdsReference } from '../config/references.ts'
import { readMiddleware } from '../config/schema/middleware.ts'
import type { Rule } from '../limits/rule.ts'
import { policies } from '../policies/index.ts'
import { transports } from '../transports/index.ts'
import { below } from './checks.ts'
import { installPolicies, installTransports } from './install.ts'
import type { Backend, Installed, Plan, Route, Unfilled } from './types.ts'

/** A rule of a plan and the block that it stands in. */
export interface PlacedRule {
  readonly rule: Rule
  readonly place: Place
}

/** The limits of a route itself, in the order in which they are asked. */
export const routeLimits = ({ name, place, policies: installed }: Route): readonly PlacedRule[] =>
  installed.flatMap((policy) => policyLimits(policy, name, below(place, 'middleware', policy.key)))

/** The limits of one of its backends. */
export const backendLimits = (route: Route, backend: Backend): readonly PlacedRule[] => {
  const stand = { endpoint: route.name, backend: route.backends.indexOf(backend) }
  return backend.transports.flatMap((transport) => transportLimits(transport, stand, route.place))
}

/** Every limit of a plan, as far as it is compiled. */
export const planLimits = ({ routes }: Plan): readonly PlacedRule[] =>
  routes.flatMap((route) => [
    ...routeLimits(route),
    ...route.backends.flatMap((backend) => backendLimits(route, backend)),
  ])

/** A rule of a block whose references may have been filled: then what it says is not to be repeated. */
export interface FilledRule extends PlacedRule {
  readonly isFilled: boolean
}

type Lookup = (name: string) => string | undefined

/**
 * The limits of endpoints that wait for a reference: of blocks that hold none themselves, and of those whose references
 * `lookup` or a default fills.
 */
export const unfilledLimits = ({ unfilled }: Plan, lookup: Lookup): readonly FilledRule[] =>
  (unfilled?.definitions ?? [])
    .filter(({ definition }) => definition.active !== false)
    .flatMap((item) => limitsOfDefinition(item, lookup))

function limitsOfDefinition(
  { definition, place }: Unfilled['definitions'][number],
  lookup: Lookup,
): readonly FilledRule[] {
  const { name, middleware, backend: backends } = definition
  const mark = (rules: readonly PlacedRule[], written: unknown) =>
    rules.map((placed) => ({ ...placed, isFilled: holdsReference(written) }))
  const own = installPolicies(fillBlocks(middleware, 'endpoint', lookup), 'endpoint').flatMap(
    (it) =>
      policies[it.key]?.options.safeParse(it.options).success === true
        ? mark(policyLimits(it, name, below(place, 'middleware', it.key)), middleware[it.key])
        : [],
  )
  const theirs = backends.flatMap(({ middleware: written }, backend) =>
    installTransports(fillBlocks(written, 'backend', lookup)).flatMap((it) =>
      transports[it.key]?.options.safeParse(it.options).success === true
        ? mark(transportLimits(it, { endpoint: name, backend }, place), written[it.key])
        : [],
    ),
  )
  return [...own, ...theirs]
}

/** The blocks with their values, without those that cannot be filled. */
function fillBlocks(
  blocks: MiddlewareDocument,
  level: 'endpoint' | 'backend',
  lookup: Lookup,
): MiddlewareDocument {
  const filled = Object.entries(blocks).flatMap(([key, block]) => {
    const values = fill(block, lookup)
    return values.ok ? [[key, values.value] as const] : []
  })
  const place = { file: '', path: [] }
  return readMiddleware(Object.fromEntries(filled), level, place, {
    ...silent,
    allowsMissing: true,
  })
}

const policyLimits = (
  { key, options }: Installed,
  endpoint: string,
  place: Place,
): readonly PlacedRule[] =>
  (policies[key]?.limits?.(options, { endpoint }) ?? []).map((rule) => ({ rule, place }))

function transportLimits(
  { key, options }: Installed,
  stand: { readonly endpoint: string; readonly backend: number },
  route: Place,
): readonly PlacedRule[] {
  const place = below(route, 'backend', stand.backend, 'middleware', key)
  return (transports[key]?.limits?.(options, stand) ?? []).map((rule) => ({ rule, place }))
}
