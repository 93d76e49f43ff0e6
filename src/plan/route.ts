import type { Place } from '../config/diagnostics.ts'
import type { Definition, SystemDocument } from '../config/document.ts'
import { compileBackend, type Endpoint } from './backend.ts'
import { below, type Checks, readDuration, readNumber } from './checks.ts'
import { type Before, disguise } from './disguise.ts'
import { settleEncodings } from './encodings.ts'
import { checkCombined, installPolicies, keptHeaders } from './install.ts'
import { type Pattern, readEndpoint } from './pattern.ts'
import { changesAnswer, compileFlatmap } from './shaping.ts'
import type { Backend, Route } from './types.ts'

/** A definition with what it inherits from. */
export interface Source {
  readonly definition: Definition
  readonly place: Place
  readonly system: SystemDocument
  readonly before?: Before<Definition>
}

const ROUTABLE = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * Compiles an endpoint: the service's `timeout`, `cache_ttl`, `output_encoding` and `max_body` where it has none, and
 * its own hosts and method for backends that have none. Undefined when the endpoint cannot be served.
 */
export function compileRoute(source: Source, checks: Checks): Route | undefined {
  const { definition } = source
  const pattern = compilePattern(source, checks)
  const endpoint: Endpoint = {
    ...source,
    isBypass: pattern?.isBypass ?? definition.endpoint.endsWith('*bypass'),
    params: checks.isOpen(definition.endpoint) ? undefined : (pattern?.params ?? []),
  }
  const limits = compileLimits(source, checks)
  checkCombined(definition.middleware, below(source.place, 'middleware'), checks)
  const { backends, ...answers } = compileAnswers(endpoint, checks)
  const [first, ...others] = backends
  const canServe = isServable(endpoint, checks)
  if (pattern === undefined || first === undefined || !canServe) return undefined
  const written = source.before?.document.middleware
  const policies = installPolicies(definition.middleware, 'endpoint', written)
  return {
    ...identify(source, pattern),
    ...limits,
    exceptQuery: definition.except_querystrings,
    exceptHeaders: definition.except_headers.map((name) => name.toLowerCase()),
    policies,
    keptHeaders: keptHeaders(policies),
    ...answers,
    isSequential: definition.middleware['mw-proxy']?.['sequential'] === true,
    backends: [first, ...others],
  }
}

function identify(
  { definition, place, before }: Source,
  { path, isBypass }: Pattern,
): Pick<Route, 'name' | 'place' | 'method' | 'path' | 'shownPath' | 'isBypass'> {
  const shownPath = disguise(before, before?.document.endpoint)
  return {
    name: disguise(before, before?.document.name) ?? definition.name,
    place,
    method: isBypass ? '*' : definition.method.toUpperCase(),
    path,
    ...(shownPath !== undefined && { shownPath }),
    isBypass,
  }
}

interface Answers extends Pick<Route, 'output' | 'flatmap'> {
  readonly backends: readonly Backend[]
}

function compileAnswers(endpoint: Endpoint, checks: Checks): Answers {
  const backends = compileBackends(endpoint, checks)
  const flatmap = compileFlatmap(endpoint.definition.middleware)
  const isShaped = flatmap.length > 0 || backends.some(({ shaping }) => changesAnswer(shaping))
  const encodings = settleEncodings({ ...endpoint, isShaped }, checks)
  return {
    output: encodings.output,
    flatmap,
    backends: backends.map((backend, index) => ({
      ...backend,
      encoding: encodings.backends[index] ?? backend.encoding,
    })),
  }
}

function compilePattern({ definition, place }: Source, checks: Checks): Pattern | undefined {
  const { endpoint } = definition
  if (checks.isOpen(endpoint)) return undefined
  const mark = endpoint.indexOf('?')
  if (mark >= 0) {
    checks.warn(below(place, 'endpoint'), {
      message: 'An endpoint has no query; the part from "?" on is ignored.',
      hint: 'A query of the client is handed on as it comes.',
    })
  }
  const pattern = readEndpoint(mark < 0 ? endpoint : endpoint.slice(0, mark))
  if (pattern.ok) return pattern.value
  checks.error(below(place, 'endpoint'), pattern.error)
  return undefined
}

function compileBackends(endpoint: Endpoint, checks: Checks): readonly Backend[] {
  const { definition, place } = endpoint
  if (definition.backend.length === 0) {
    checks.error(below(place, 'backend'), {
      message: 'This endpoint has no backend.',
      hint: 'Give it at least one.',
    })
  }
  return definition.backend.flatMap((_, index) => compileBackend(index, endpoint, checks) ?? [])
}

function compileLimits(
  { definition, place, system }: Source,
  checks: Checks,
): Pick<Route, 'timeoutMs' | 'cacheTtlS' | 'maxBodyBytes' | 'maxRequestBodyBytes'> {
  const inherit = (key: 'timeout' | 'cache_ttl') => {
    const own = definition[key]
    return own === undefined
      ? readDuration(system[key], { file: system.file, path: [key] }, checks)
      : readDuration(own, below(place, key), checks)
  }
  const size = (value: number | string, key: string) =>
    readNumber(value, 0, { file: system.file, path: [key] }, checks)
  return {
    timeoutMs: inherit('timeout'),
    cacheTtlS: Math.floor(inherit('cache_ttl') / 1000),
    maxBodyBytes: size(definition.max_body ?? system.max_body, 'max_body'),
    maxRequestBodyBytes: size(system.max_request_body, 'max_request_body'),
  }
}

/** What the original loads but leaves out with a warning, we leave out with a warning. */
function isServable({ definition, place, isBypass }: Endpoint, checks: Checks): boolean {
  if (isBypass && definition.backend.length > 1) {
    checks.warn(below(place, 'backend'), {
      message: 'A bypass route has exactly one backend; this endpoint is left out.',
      hint: 'Remove the other backends, or list their hosts under one.',
    })
    return false
  }
  const { method } = definition
  if (isBypass || checks.isOpen(method) || ROUTABLE.has(method.toUpperCase())) return true
  checks.warn(below(place, 'method'), {
    message: `The method ${method} can not be routed; this endpoint is left out.`,
    hint: 'Use GET (which answers HEAD as well), POST, PUT, PATCH or DELETE.',
  })
  return false
}
