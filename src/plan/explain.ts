import type { Place } from '../config/diagnostics.ts'
import { forwardableHeaders, readHeaders } from '../http/headers.ts'
import { checkPath } from '../http/path.ts'
import { describeRule } from '../limits/rule.ts'
import { explainCall, type ExplainedCall } from './explain-call.ts'
import { routeLimits } from './limits.ts'
import { createMatcher } from './match.ts'
import { compareSegments, decodeSegment, type Segment, segmentsOf, valueIn } from './pattern.ts'
import type { Installed, Plan, Route } from './types.ts'

/** A request that is only thought of. */
export interface ExplainRequest {
  readonly method: string
  /** Raw path, perhaps with a query. */
  readonly path: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** What would happen to a request, without values of credentials, headers or references. */
export type Explanation =
  | { readonly outcome: 'bad-path'; readonly reason: string }
  | { readonly outcome: 'reserved' }
  | { readonly outcome: 'redirect'; readonly location: string }
  | { readonly outcome: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly outcome: 'not-found' }
  | ExplainedRoute

/** The route that wins and what it does. */
export interface ExplainedRoute extends ShownRoute {
  readonly outcome: 'route'
  readonly kind: 'bypass' | 'pass-through' | 'formatted' | 'merge' | 'sequence'
  readonly params: Readonly<Record<string, string>>
  /** Other routes of this path, best first, and why they lost. */
  readonly others: readonly (ShownRoute & { readonly why: string })[]
  /** Policies in the order in which they run. */
  readonly policies: readonly string[]
  /** Its limits in words, in the order in which they are asked. */
  readonly limits: readonly string[]
  readonly headers: { readonly forwarded: readonly string[]; readonly dropped: readonly string[] }
  readonly timeoutMs: number
  readonly cacheTtlS: number
  readonly output: Route['output']
  readonly calls: readonly ExplainedCall[]
}

/** A route as it stands in its file. */
export interface ShownRoute {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly place: Place
}

const MOST_OTHERS = 3

/** Says what a plan would do with a request: the winner, why others lost, and what would be called. */
export function explain(plan: Plan, request: ExplainRequest): Explanation {
  const mark = request.path.indexOf('?')
  const path = mark < 0 ? request.path : request.path.slice(0, mark)
  const query = mark < 0 ? '' : request.path.slice(mark)
  const checked = checkPath(path)
  if (!checked.ok) return { outcome: 'bad-path', reason: checked.error }
  if (decodeSegment(path.split('/')[1] ?? '').startsWith('__')) return { outcome: 'reserved' }
  const match = createMatcher(plan.routes).match(request.method, path)
  switch (match.kind) {
    case 'redirect':
      return { outcome: 'redirect', location: match.path + query }
    case 'method-not-allowed':
      return { outcome: 'method-not-allowed', allow: match.allow }
    case 'not-found':
      return { outcome: 'not-found' }
    case 'route':
      return explainRoute(plan, { ...request, path, query }, match)
  }
}

type Asked = ExplainRequest & { readonly query: string }

function explainRoute(
  { site, routes, registered = {} }: Plan,
  request: Asked,
  { route, params }: { readonly route: Route; readonly params: Readonly<Record<string, string>> },
): ExplainedRoute {
  return {
    outcome: 'route',
    ...show(route),
    kind: kindOf(route),
    params,
    others: findOthers(route, routes, request),
    policies: [...site.policies, ...route.policies].map(showPolicy),
    limits: routeLimits(route).map(({ rule }) => describeRule(rule)),
    headers: sortHeaders(request, route),
    timeoutMs: route.timeoutMs,
    cacheTtlS: route.cacheTtlS,
    output: route.output,
    calls: route.backends.map((backend) =>
      explainCall({ route, backend, site, registered, params, request }),
    ),
  }
}

/** Its key with its essentials, and those that it combines likewise. */
function showPolicy({ key, shown, members = [] }: Installed): string {
  const inside = members.map(showPolicy)
  const said = [...(shown === undefined ? [] : [shown]), ...inside].join('; ')
  return said === '' ? key : `${key} (${said})`
}

const show = ({ name, method, path, shownPath, place }: Route): ShownRoute => ({
  name,
  method,
  path: shownPath ?? path,
  place,
})

function kindOf({ isBypass, isSequential, output, backends }: Route): ExplainedRoute['kind'] {
  if (isBypass) return 'bypass'
  if (backends.length > 1) return isSequential ? 'sequence' : 'merge'
  return output === 'no-op' ? 'pass-through' : 'formatted'
}

function sortHeaders({ headers = [] }: Asked, route: Route): ExplainedRoute['headers'] {
  const given = new Headers(headers.map(([name, value]) => [name, value]))
  const except = route.keptHeaders.filter((name) => name !== 'authorization')
  const kept = forwardableHeaders(given, readHeaders(given), [...route.exceptHeaders, ...except])
  return {
    forwarded: [...kept.keys()],
    dropped: [...given.keys()].filter((name) => !kept.has(name)),
  }
}

function findOthers(winner: Route, routes: readonly Route[], { method, path }: Asked) {
  const texts = path.slice(1).split('/').map(decodeSegment)
  const won = segmentsOf(winner.path)
  return routes
    .filter((route) => route !== winner)
    .map((route) => ({ route, segments: segmentsOf(route.path) }))
    .filter(({ segments }) => fits(segments, texts))
    .toSorted((a, b) => deciding(a.segments, b.segments)?.order ?? 0)
    .slice(0, MOST_OTHERS)
    .map(({ route, segments }) => ({
      ...show(route),
      why: whyLost(route, segments, { method, won }),
    }))
}

function fits(segments: readonly Segment[], texts: readonly string[]): boolean {
  const hasWildcard = segments.at(-1)?.kind === 'wildcard'
  if (hasWildcard ? texts.length < segments.length : texts.length !== segments.length) return false
  return segments.every((segment, index) => {
    const text = texts[index] ?? ''
    if (segment.kind === 'static') return segment.text === text
    return segment.kind === 'wildcard' || valueIn(text, segment) !== undefined
  })
}

/** The first segment in which two patterns differ in rank; the order is negative when `a` wins. */
function deciding(a: readonly Segment[], b: readonly Segment[]) {
  for (const [index, segment] of a.entries()) {
    const other = b[index]
    const order = other === undefined ? 0 : compareSegments(segment, other)
    if (other !== undefined && order !== 0) return { index, order, segment, other }
  }
  return undefined
}

function whyLost(
  route: Route,
  segments: readonly Segment[],
  { method, won }: { readonly method: string; readonly won: readonly Segment[] },
): string {
  const wanted = method === 'HEAD' ? 'GET' : method
  if (!route.isBypass && route.method !== wanted) return `it answers only ${route.method}`
  const decided = deciding(won, segments)
  return decided === undefined
    ? 'it is the same pattern'
    : `in segment ${decided.index + 1}, ${describe(decided.segment)} wins over ${describe(decided.other)}`
}

function describe(segment: Segment): string {
  switch (segment.kind) {
    case 'static':
      return `the text "${segment.text}"`
    case 'parameter':
      return `the parameter ${segment.prefix}{${segment.name}}${segment.suffix}`
    case 'wildcard':
      return 'the wildcard'
  }
}
