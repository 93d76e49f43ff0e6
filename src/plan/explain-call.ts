import { own } from '../lib/own.ts'
import { describeRule } from '../limits/rule.ts'
import { backendLimits } from './limits.ts'
import { changesAnswer } from './shaping.ts'
import { fillTemplate, printPlaceholder } from './template.ts'
import type {
  Backend,
  Plan,
  Registration,
  Route,
  Shaping,
  Site,
  Target,
  Template,
  Upstream,
} from './types.ts'

/** One backend call that would be made. */
export interface ExplainedCall {
  readonly name: string
  readonly method: string
  /** Every address that may be chosen; empty where no URL can be made of this request. */
  readonly urls: readonly ExplainedUrl[]
  /** Why nothing would be called. */
  readonly fault?: string
  readonly balance: Backend['balance']
  /** 0 means that the route's alone counts. */
  readonly timeoutMs: number
  /** Headers of the client that this backend does not get. */
  readonly drops: readonly string[]
  /** Transports, outermost first. */
  readonly transports: readonly string[]
  /** Limits of this call in words. */
  readonly limits: readonly string[]
  readonly encoding: Backend['encoding']
  /** What is done to the answer, in order. */
  readonly shaping: readonly string[]
}

/** An address with the path that would be called. */
export interface ExplainedUrl {
  readonly url: string
  readonly weight: number
  readonly tier: number
  readonly upstream?: string
  readonly binding?: string
  /** What the registry says of the upstream, where it stands there: it wins over one of the system file. */
  readonly registered?: Registration
  /** Names of the headers that the gateway sets for this upstream; their values are always `***`. */
  readonly sets: Readonly<Record<string, '***'>>
}

interface Subject {
  readonly route: Route
  readonly backend: Backend
  readonly site: Site
  readonly registered: NonNullable<Plan['registered']>
  readonly params: Readonly<Record<string, string>>
  readonly request: {
    readonly method: string
    readonly path: string
    readonly query: string
    readonly headers?: readonly (readonly [name: string, value: string])[]
  }
}

/** Says where one backend would be called, and how. */
export function explainCall(subject: Subject): ExplainedCall {
  const { route, backend, site, params, request } = subject
  const template = backend.shownPath ?? backend.path
  const path = route.isBypass
    ? ({ ok: true, value: request.path } as const)
    : fillTemplate(showAnswers(template), { params, responses: [] })
  const query = keepQuery(request.query, route.exceptQuery)
  const urls = path.ok ? listUrls(subject, joinQuery(path.value, query)) : []
  const fault = path.ok ? (isDrained(urls) ? DRAINED : undefined) : path.error
  return {
    name: backend.name,
    method: route.isBypass ? request.method : backend.method,
    urls,
    ...(fault !== undefined && { fault }),
    balance: backend.balance,
    timeoutMs: backend.timeoutMs,
    drops: request.headers?.some(isAuthorization) === true ? dropped(route, backend, site) : [],
    transports: backend.transports.map(({ key }) => key),
    limits: backendLimits(route, backend).map(({ rule }) => describeRule(rule)),
    encoding: backend.encoding,
    shaping: backend.encoding === 'no-op' ? [] : summarize(backend.shaping),
  }
}

/** The gateway calls nobody then, and answers 503. */
const isDrained = (urls: readonly ExplainedUrl[]): boolean =>
  urls.length > 0 && urls.every(({ registered }) => registered?.isDraining === true)

const DRAINED = 'all that could be called is being drained: 503'

const isAuthorization = ([name]: readonly [string, string]): boolean =>
  name.toLowerCase() === 'authorization'

/** The client's credentials go to upstreams that ask for them and, unless a policy keeps them, to addresses. */
function dropped(route: Route, { hosts }: Backend, { upstreams }: Site): readonly string[] {
  const isKept = route.keptHeaders.includes('authorization')
  const isPassed = hosts.some((host) =>
    'target' in host ? !isKept : upstreams[host.upstream]?.passAuthorization === true,
  )
  return isPassed ? [] : ['authorization']
}

/** Fields of answers that are not known yet stand in the URL as they stand in the file. */
const showAnswers = (template: Template): Template =>
  template.map((part) =>
    typeof part !== 'string' && 'response' in part ? printPlaceholder(part) : part,
  )

function listUrls({ backend, site, registered }: Subject, path: string): readonly ExplainedUrl[] {
  return backend.hosts.flatMap((host) => {
    if ('target' in host)
      return [{ ...showTarget(host.target, path), weight: host.weight, sets: {} }]
    const upstream = site.upstreams[host.upstream]
    return upstream === undefined
      ? []
      : upstream.targets.map((target) => ({
          ...showTarget(target, path),
          ...describeUpstream(upstream, own(registered, upstream.name)),
        }))
  })
}

const showTarget = ({ origin, basePath, shown, weight, tier }: Target, path: string) => ({
  url: (shown ?? origin + basePath) + path,
  weight,
  tier,
})

const describeUpstream = (
  { name, binding, headers }: Upstream,
  registered: Registration | undefined,
) => ({
  upstream: name,
  ...(binding !== undefined && { binding }),
  ...(registered !== undefined && { registered }),
  sets: Object.fromEntries(Object.keys(headers).map((header) => [header, '***'] as const)),
})

function summarize(shaping: Shaping): readonly string[] {
  if (!changesAnswer(shaping) && !shaping.isCollection) return []
  const { target, flatmap, whitelist, blacklist, mapping, group } = shaping
  const filters =
    flatmap.length > 0
      ? [count('flatmap', flatmap)]
      : [
          whitelist.length > 0 ? count('whitelist', whitelist) : count('blacklist', blacklist),
        ].concat(count('mapping', mapping))
  return [
    shaping.isCollection ? 'collection' : '',
    target.length > 0 ? 'target' : '',
    ...filters,
    group === '' ? '' : 'group',
    shaping.wrapsCollection ? 'wrap' : '',
  ].filter((step) => step !== '')
}

const count = (step: string, { length }: readonly unknown[]): string =>
  length === 0 ? '' : `${step} (${length})`

/** The client's query without the names that the route drops. */
function keepQuery(query: string, except: readonly string[]): string {
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !except.includes(nameOf(pair)))
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}

const nameOf = (pair: string): string => new URLSearchParams(pair).keys().next().value ?? pair

const joinQuery = (path: string, query: string): string =>
  path.includes('?') ? path + query.replace('?', '&') : path + query
