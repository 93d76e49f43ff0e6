import type { Context } from 'hono'
import * as z from 'zod'
import type { GatewayEnv } from '../../http/context.ts'
import { problem } from '../../http/failure.ts'
import { splitTarget } from '../../http/path.ts'
import { count, flag, headerText, texts, token } from '../../http/options.ts'
import { definePolicy } from '../policy.ts'

const options = z.object({
  allowed_hosts: texts(
    'Host names (with the port, if it is not the default one) that are served; others get 421. Empty: all.',
  ),
  host_proxy_headers: texts(
    'Headers of a trusted proxy that carry the host, e.g. `X-Forwarded-Host`. Naming one also makes `X-Forwarded-Proto` count: do it only where clients cannot reach the gateway past the proxy.',
    token,
  ),
  ssl_redirect: flag('Redirects http to https.'),
  ssl_host: headerText('Host to redirect to. Empty: the host of the request.'),
  sts_seconds: count('`max-age` of `Strict-Transport-Security`, sent over https. 0: not sent.'),
  sts_include_subdomains: flag('Adds `includeSubDomains` to `Strict-Transport-Security`.'),
  frame_deny: flag('Sends `X-Frame-Options: DENY`.'),
  custom_frame_options_value: headerText('Value of `X-Frame-Options`; wins over `frame_deny`.'),
  content_type_nosniff: flag('Sends `X-Content-Type-Options: nosniff`.'),
  browser_xss_filter: flag('Sends `X-XSS-Protection: 1; mode=block`.'),
  content_security_policy: headerText('Value of `Content-Security-Policy`.'),
  referrer_policy: headerText('Value of `Referrer-Policy`.'),
  public_key: headerText('Value of `Public-Key-Pins`, sent over https. Browsers ignore it today.'),
  is_development: flag(
    'Switches `allowed_hosts`, `ssl_redirect`, `Strict-Transport-Security` and `Public-Key-Pins` off.',
  ),
})
type Options = z.output<typeof options>

/** Host check, https redirect and security headers as unrolled/secure does them, for every answer of the gateway. */
export const secure = definePolicy({
  summary: 'Checks the host, redirects to https and sets security headers.',
  level: 'service',
  options,
  build: (given) => {
    const hosts = new Set(given.is_development ? [] : given.allowed_hosts.map(toLowerCase))
    const redirects = given.ssl_redirect && !given.is_development
    const always = plainHeaders(given)
    const overTls = tlsHeaders(given)
    const needsOrigin = hosts.size > 0 || redirects || overTls.length > 0
    return async (c, next) => {
      const origin = needsOrigin ? readOrigin(c.req.raw, given.host_proxy_headers) : PLAIN
      if (hosts.size > 0 ? !hosts.has(origin.host) : redirects && origin.host === '') {
        c.res = problem({ kind: 'bad-host' }, c.get('exchange').requestId)
      } else if (redirects && !origin.isTls) {
        c.res = redirect(c, given.ssl_host || origin.host)
      } else await next()
      const { headers } = c.res
      for (const [name, value] of always) headers.set(name, value)
      if (origin.isTls) for (const [name, value] of overTls) headers.set(name, value)
    }
  },
})

type HeaderList = readonly (readonly [name: string, value: string])[]

function plainHeaders(given: Options): HeaderList {
  const frame = given.custom_frame_options_value || (given.frame_deny ? 'DENY' : '')
  return filled([
    ['x-frame-options', frame],
    ['x-content-type-options', given.content_type_nosniff ? 'nosniff' : ''],
    ['x-xss-protection', given.browser_xss_filter ? '1; mode=block' : ''],
    ['content-security-policy', given.content_security_policy],
    ['referrer-policy', given.referrer_policy],
  ])
}

function tlsHeaders(given: Options): HeaderList {
  if (given.is_development) return []
  const scope = given.sts_include_subdomains ? '; includeSubDomains' : ''
  return filled([
    [
      'strict-transport-security',
      given.sts_seconds > 0 ? `max-age=${given.sts_seconds}${scope}` : '',
    ],
    ['public-key-pins', given.public_key],
  ])
}

const filled = (headers: HeaderList): HeaderList => headers.filter(([, value]) => value !== '')

/** How the client reached the gateway. */
interface Origin {
  /** Lower-case, with the port when it is not the scheme's own. */
  readonly host: string
  readonly isTls: boolean
}

const PLAIN: Origin = { host: '', isTls: false }

/**
 * From the request's URL; from a proxy's headers only when the configuration names such headers, since clients can send
 * them too. Behind a TLS terminator that is what keeps `ssl_redirect` from looping.
 */
function readOrigin({ url, headers }: Request, proxyHeaders: readonly string[]): Origin {
  const start = url.indexOf('://') + 3
  const host = HOST.exec(url.slice(start))?.[0] ?? ''
  const proxied = proxyHeaders.map((name) => headers.get(name) ?? '').find((value) => value !== '')
  const isProxiedTls =
    proxyHeaders.length > 0 && headers.get('x-forwarded-proto')?.trim().toLowerCase() === 'https'
  return {
    host: toLowerCase(HOST.exec(proxied ?? host)?.[0] ?? ''),
    isTls: isProxiedTls || url.startsWith('https:'),
  }
}

/** As far as no user name, path or query can hide in it. */
const HOST = /^[a-z0-9._:[\]-]*(?=$|\/)/i

/** 301 where the method survives it, else 308, which keeps method and body. */
function redirect(c: Context<GatewayEnv>, host: string): Response {
  const { path, query } = splitTarget(c.req.raw.url)
  const status = c.req.method === 'GET' || c.req.method === 'HEAD' ? 301 : 308
  return new Response(null, { status, headers: { location: `https://${host}${path}${query}` } })
}

const toLowerCase = (text: string): string => text.toLowerCase()
