import * as z from 'zod'
import { parseDuration } from '../../lib/duration.ts'
import { duration, flag, isToken, texts, token } from '../../http/options.ts'
import { definePolicy } from '../policy.ts'
import { compileOrigins, type OriginRules } from './origins.ts'

const options = z.object({
  allow_origins: texts(
    'Origins that may read answers, e.g. `https://*.example.com`; one `*` per entry. Empty or `*`: every origin, without credentials.',
  ),
  allow_methods: texts('Methods allowed across origins. Empty: GET, POST, HEAD.'),
  allow_headers: texts(
    'Request headers allowed across origins; `*` allows any. Empty: Accept, Content-Type, X-Requested-With. Origin is always allowed.',
  ),
  expose_headers: texts('Answer headers that scripts may read.', token),
  allow_credentials: flag(
    'Lets browsers send cookies and Authorization, from origins that are named; never with `*`.',
  ),
  max_age: duration('How long a browser may keep the answer to a preflight, e.g. `12h`.'),
})

/**
 * Cross-origin resource sharing as rs/cors decides it, for every answer of the gateway.
 *
 * The decision is the gateway's alone: what an upstream says about it is removed.
 */
export const cors = definePolicy({
  summary: 'Decides which web pages of other origins may call the gateway (CORS).',
  level: 'service',
  options,
  build: (given) => {
    const rules = compile(given)
    return async (c, next) => {
      const asked = c.req.raw.headers
      if (c.req.method === 'OPTIONS') {
        const method = asked.get('access-control-request-method') ?? ''
        if (method !== '') return answerPreflight(rules, asked, method)
      }
      await next()
      const { headers } = c.res
      for (const name of DECISIONS) headers.delete(name)
      addVary(headers, 'Origin')
      const origin = asked.get('origin')
      if (origin !== null && rules.origins.allows(origin) && rules.allowsMethod(c.req.method)) {
        allowOrigin(headers, origin, rules)
        if (rules.exposed !== '') headers.set('access-control-expose-headers', rules.exposed)
      }
    }
  },
})

interface Rules {
  readonly origins: OriginRules
  readonly allowsMethod: (method: string) => boolean
  readonly allowsHeader: (lowerCaseName: string) => boolean
  readonly allowsCredentials: boolean
  readonly exposed: string
  readonly maxAgeS: number
}

function compile(given: z.output<typeof options>): Rules {
  const methods = new Set(given.allow_methods.map((method) => method.toUpperCase()))
  const allowedMethods = methods.size === 0 ? new Set(['GET', 'POST', 'HEAD']) : methods
  const headers = new Set(given.allow_headers.map((name) => name.toLowerCase()))
  const allowedHeaders =
    headers.size === 0 ? new Set(['accept', 'content-type', 'x-requested-with']) : headers
  return {
    origins: compileOrigins(given.allow_origins),
    allowsMethod: (method) => method === 'OPTIONS' || allowedMethods.has(method.toUpperCase()),
    allowsHeader: (name) =>
      name === 'origin' || allowedHeaders.has('*') || allowedHeaders.has(name),
    allowsCredentials: given.allow_credentials,
    exposed: given.expose_headers.join(', '),
    maxAgeS: Math.trunc((parseDuration(given.max_age) ?? 0) / 1000),
  }
}

/** What an answer to anything but a preflight can say. */
const DECISIONS = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
]

/** 200 without a body for any path, as rs/cors answers; what is not allowed is left unsaid. */
function answerPreflight(rules: Rules, asked: Headers, method: string): Response {
  const headers = new Headers({ vary: PREFLIGHT_VARY })
  const origin = asked.get('origin')
  const names = parseNames(asked.get('access-control-request-headers') ?? '')
  const isAllowed =
    origin !== null &&
    rules.origins.allows(origin) &&
    rules.allowsMethod(method) &&
    names?.every((name) => rules.allowsHeader(name.toLowerCase())) === true
  if (isAllowed) {
    allowOrigin(headers, origin, rules)
    headers.set('access-control-allow-methods', method.toUpperCase())
    if (names.length > 0) headers.set('access-control-allow-headers', names.join(', '))
    if (rules.maxAgeS > 0) headers.set('access-control-max-age', String(rules.maxAgeS))
  }
  return new Response(null, { headers })
}

const PREFLIGHT_VARY = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

/** The names in a list, or undefined when one is no header name. */
function parseNames(list: string): readonly string[] | undefined {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return names.every(isToken) ? names : undefined
}

function allowOrigin(headers: Headers, origin: string, rules: Rules): void {
  const withCredentials = rules.allowsCredentials && rules.origins.trusts(origin)
  const isAnyone = rules.origins.isOpen && !withCredentials
  headers.set('access-control-allow-origin', isAnyone ? '*' : origin)
  if (withCredentials) headers.set('access-control-allow-credentials', 'true')
}

function addVary(headers: Headers, name: string): void {
  const vary = headers.get('vary')
  if (vary === null) return headers.set('vary', name)
  const names = vary
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
  if (!names.includes('*') && !names.includes(name.toLowerCase())) headers.append('vary', name)
}
