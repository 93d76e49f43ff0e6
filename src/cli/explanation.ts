import type { Place } from '../config/diagnostics.ts'
import type { ExplainedCall, ExplainedUrl } from '../plan/explain-call.ts'
import type { ExplainedRoute, Explanation, ShownRoute } from '../plan/explain.ts'

/** `file:line:column` instead of the place in the document. */
type Located<T extends ShownRoute> = Omit<T, 'place' | 'others'> & { readonly place: string }

/** An explanation whose places are lines of files. */
export type LocatedExplanation =
  | Exclude<Explanation, ExplainedRoute>
  | (Located<ExplainedRoute> & {
      readonly others: readonly (Located<ShownRoute> & { readonly why: string })[]
    })

/** An explanation with the places of its routes as `locate` writes them. */
export function locateAll(
  explanation: Explanation,
  locate: (place: Place) => string,
): LocatedExplanation {
  if (explanation.outcome !== 'route') return explanation
  const others = explanation.others.map((other) => ({ ...other, place: locate(other.place) }))
  return { ...explanation, place: locate(explanation.place), others }
}

/** An explanation for people. */
export function printExplanation(request: string, explanation: LocatedExplanation): string {
  switch (explanation.outcome) {
    case 'bad-path':
      return `${request}: refused with 400. ${explanation.reason}`
    case 'reserved':
      return `${request}: answered by the gateway itself; the first segment is reserved.`
    case 'redirect':
      return `${request}: no route has this spelling; redirected to ${explanation.location}`
    case 'method-not-allowed':
      return request.startsWith('OPTIONS ')
        ? `${request}: answered by the gateway with 204 and Allow: ${explanation.allow.join(', ')}`
        : `${request}: no route for this method (405); the path allows ${explanation.allow.join(', ')}`
    case 'not-found':
      return `${request}: no route has this path (404)`
    case 'route':
      return printRoute(request, explanation)
  }
}

type Winner = Extract<LocatedExplanation, { readonly outcome: 'route' }>

function printRoute(request: string, route: Winner): string {
  const { forwarded, dropped } = route.headers
  const params = Object.entries(route.params).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  )
  const head = table([
    ['route', `${route.name}: ${showMethod(route.method)} ${route.path} (${route.kind})`],
    ['file', route.place],
    ['parameters', params.join(' ')],
    ['policies', route.policies.join(' > ')],
    ...limitLines(route.limits),
    ['timeout', showTimeout(route.timeoutMs)],
    [
      'answer',
      `${route.output}${route.cacheTtlS > 0 ? `, cacheable for ${route.cacheTtlS} s` : ''}`,
    ],
    ['forwards', forwarded.join(', ')],
    ['drops', dropped.join(', ')],
  ])
  const others = route.others.map(
    (other) =>
      `  ${other.name}: ${showMethod(other.method)} ${other.path} (${other.place}): ${other.why}`,
  )
  return [
    request,
    head,
    ...route.calls.map(printCall),
    others.length === 0 ? 'No other route has this path.' : 'Other routes of this path lost:',
    ...others,
  ].join('\n')
}

function printCall(call: ExplainedCall, index: number): string {
  const target = call.fault === undefined ? [] : [['fails', call.fault] as const]
  return [
    `Call ${index}: ${call.name}`,
    table([
      ...target,
      ...call.urls.map((url, at) => [at === 0 ? 'calls' : '', printUrl(call, url)] as const),
      ['chosen', call.urls.length > 1 ? CHOICES[call.balance] : ''],
      ['sets', showHeaders(call.urls)],
      ['drops', call.drops.join(', ')],
      ['transports', call.transports.join(' > ')],
      ...limitLines(call.limits),
      ['timeout', call.timeoutMs === 0 ? '' : showTimeout(call.timeoutMs)],
      ['reads', [call.encoding, ...call.shaping].join(' > ')],
    ]),
  ].join('\n')
}

const limitLines = (limits: readonly string[]) =>
  limits.map((limit, at) => [at === 0 ? 'limits' : '', limit] as const)

const CHOICES = { random: 'at random', rr: 'in turn', wrr: 'in turn, by weight' } as const

function printUrl({ method }: ExplainedCall, call: ExplainedUrl): string {
  const { url, weight, tier, binding, registered } = call
  const remarks = [
    weight > 1 ? `weight ${weight}` : '',
    tier > 0 ? `tier ${tier}` : '',
    binding === undefined ? '' : `through binding ${binding}`,
    registered === undefined ? '' : `registered by ${registered.owner}`,
    registered?.shadowsFile === true ? 'wins over the system file' : '',
    registered?.isDraining === true ? 'is being drained: no new requests' : '',
  ].filter((remark) => remark !== '')
  return `${method} ${url}${remarks.length === 0 ? '' : ` (${remarks.join(', ')})`}`
}

function showHeaders(urls: readonly ExplainedUrl[]): string {
  const all = urls.flatMap(({ sets }) => Object.entries(sets))
  return [...new Set(all.map(([name, value]) => `${name}: ${value}`))].join(', ')
}

const showMethod = (method: string): string => (method === '*' ? 'ANY' : method)

const showTimeout = (ms: number): string =>
  ms === 0 ? 'none' : ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`

/** Lines of a label and a text; without a text there is no line. */
const table = (lines: readonly (readonly [label: string, text: string])[]): string =>
  lines
    .filter(([, text]) => text !== '')
    .map(([label, text]) => `  ${label.padEnd(11)} ${text}`)
    .join('\n')
