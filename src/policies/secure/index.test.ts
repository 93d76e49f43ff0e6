import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import type { GatewayEnv } from '../../http/context.ts'
import { installationWith } from '../../http/installation.fixture.ts'
import { exchangeWith } from '../../http/exchange.fixture.ts'
import { secure } from './index.ts'

const exchange = exchangeWith()

/** A gateway with this policy; `/` answers with a header that an upstream would send. */
function serve(options: Record<string, unknown>) {
  const app = new Hono<GatewayEnv>()
  app.use(async (c, next) => {
    c.set('exchange', exchange)
    await next()
  })
  app.use(secure.build(options, installationWith()))
  app.all('/', () => new Response('hello', { headers: { 'x-frame-options': 'SAMEORIGIN' } }))
  app.get('/broken', () => {
    throw new Error('a bug')
  })
  app.onError(() => new Response('sorry', { status: 500 }))
  return async (url: string, headers: Record<string, string> = {}, method = 'GET') =>
    app.request(url, { method, headers })
}

describe('security headers', () => {
  test('are not touched when nothing is configured', async () => {
    const response = await serve({})('http://a.test/')
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/plain;charset=UTF-8',
      'x-frame-options': 'SAMEORIGIN',
    })
  })

  test.each([200, 404, 500])('are on an answer of %i and win over the upstream', async (status) => {
    const ask = serve({
      frame_deny: true,
      content_type_nosniff: true,
      browser_xss_filter: true,
      content_security_policy: "default-src 'self'",
      referrer_policy: 'no-referrer',
    })
    const path = { 200: '/', 404: '/none', 500: '/broken' }[status]
    const response = await ask(`http://a.test${path}`)
    expect(response.status).toBe(status)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'x-xss-protection': '1; mode=block',
      'content-security-policy': "default-src 'self'",
      'referrer-policy': 'no-referrer',
    })
  })

  test('take a custom frame option before frame_deny', async () => {
    const ask = serve({ frame_deny: true, custom_frame_options_value: 'SAMEORIGIN' })
    expect((await ask('http://a.test/')).headers.get('x-frame-options')).toBe('SAMEORIGIN')
  })
})

describe('headers for https alone', () => {
  const options = { sts_seconds: 60, public_key: 'pin-sha256="x"' }

  test('are sent over https', async () => {
    const { headers } = await serve(options)('https://a.test/')
    expect(headers.get('strict-transport-security')).toBe('max-age=60')
    expect(headers.get('public-key-pins')).toBe('pin-sha256="x"')
  })

  test('may cover subdomains', async () => {
    const ask = serve({ ...options, sts_include_subdomains: true })
    const { headers } = await ask('https://a.test/')
    expect(headers.get('strict-transport-security')).toBe('max-age=60; includeSubDomains')
  })

  test.each([
    ['over http', options, 'http://a.test/', {}],
    [
      'when the client only claims https',
      options,
      'http://a.test/',
      { 'x-forwarded-proto': 'https' },
    ],
    ['in development', { ...options, is_development: true }, 'https://a.test/', {}],
  ])('are not sent %s', async (_, given, url, headers) => {
    const response = await serve(given)(url, headers)
    expect(response.headers.has('strict-transport-security')).toBe(false)
    expect(response.headers.has('public-key-pins')).toBe(false)
  })
})

describe('allowed hosts', () => {
  const hosts = { allowed_hosts: ['A.test', 'b.test:8000'] }

  test.each(['http://a.test/', 'http://A.TEST:80/', 'https://a.test:443/', 'http://b.test:8000/'])(
    'serve %s',
    async (url) => {
      expect((await serve(hosts)(url)).status).toBe(200)
    },
  )

  test.each([
    'http://evil.test/',
    'http://a.test:8000/',
    'http://b.test/',
    'http://a.test.evil.test/',
    'http://evil.test/a.test',
    'http://evil.test/?a.test',
  ])('refuse %s with a problem and the security headers', async (url) => {
    const response = await serve({ ...hosts, content_type_nosniff: true })(url)
    expect(response.status).toBe(421)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await response.json()).toMatchObject({ status: 421, request_id: 'r-1' })
  })

  test('do not count a forwarded host that no proxy header is configured for', async () => {
    const headers = { 'x-forwarded-host': 'a.test' }
    expect((await serve(hosts)('http://evil.test/', headers)).status).toBe(421)
  })

  test('compare the first configured proxy header that is sent', async () => {
    const ask = serve({ ...hosts, host_proxy_headers: ['X-Other', 'X-Forwarded-Host'] })
    const status = async (headers: Record<string, string>) =>
      (await ask('http://inside.test/', headers)).status
    expect(await status({ 'x-forwarded-host': 'a.test' })).toBe(200)
    expect(await status({ 'x-other': 'evil.test', 'x-forwarded-host': 'a.test' })).toBe(421)
    expect(await status({ 'x-forwarded-host': 'evil.test, a.test' })).toBe(421)
    expect(await status({ 'x-forwarded-host': 'user@a.test' })).toBe(421)
    expect(await status({})).toBe(421)
  })

  test('are all in development', async () => {
    const ask = serve({ ...hosts, is_development: true })
    expect((await ask('http://evil.test/')).status).toBe(200)
  })
})

describe('the https redirect', () => {
  test.each([
    ['GET', 301],
    ['HEAD', 301],
    ['POST', 308],
  ])('answers %s with %i and keeps path and query', async (method, status) => {
    const response = await serve({ ssl_redirect: true })(
      'http://a.test:8000/x%2Fy?a=%20',
      {},
      method,
    )
    expect(response.status).toBe(status)
    expect(response.headers.get('location')).toBe('https://a.test:8000/x%2Fy?a=%20')
  })

  test('goes to ssl_host where one is given', async () => {
    const response = await serve({ ssl_redirect: true, ssl_host: 's.test' })('http://a.test/x')
    expect(response.headers.get('location')).toBe('https://s.test/x')
  })

  test.each([
    ['over https', { ssl_redirect: true }, 'https://a.test/', {}],
    ['in development', { ssl_redirect: true, is_development: true }, 'http://a.test/', {}],
    [
      'behind a TLS terminator that the configuration names',
      { ssl_redirect: true, host_proxy_headers: ['X-Forwarded-Host'] },
      'http://a.test/',
      { 'x-forwarded-proto': 'https' },
    ],
  ])('does not happen %s', async (_, options, url, headers) => {
    expect((await serve(options)(url, headers)).status).toBe(200)
  })

  test('is not avoided by a client that claims to come through a terminator', async () => {
    const ask = serve({ ssl_redirect: true })
    expect((await ask('http://a.test/', { 'x-forwarded-proto': 'https' })).status).toBe(301)
  })

  test('never leads to a host that hides a user name or a path', async () => {
    const ask = serve({ ssl_redirect: true, host_proxy_headers: ['X-Forwarded-Host'] })
    const response = await ask('http://a.test/', { 'x-forwarded-host': 'a.test@evil.test' })
    expect(response.status).toBe(421)
  })
})

describe('options', () => {
  test('take texts that a filled reference leaves behind, and their own output', () => {
    const once = secure.options.parse({
      allowed_hosts: 'a.test, b.test',
      sts_seconds: '31536000',
      frame_deny: 'true',
      referrer_policy: null,
    })
    expect(once).toMatchObject({
      allowed_hosts: ['a.test', 'b.test'],
      sts_seconds: 31_536_000,
      frame_deny: true,
      ssl_redirect: false,
      referrer_policy: '',
    })
    expect(secure.options.parse(once)).toEqual(once)
  })

  test.each([
    { referrer_policy: 'a\r\nSet-Cookie: b' },
    { content_security_policy: 'ünsafe' },
    { host_proxy_headers: ['not a header'] },
    { sts_seconds: -1 },
    { sts_seconds: 1.5 },
    { frame_deny: 'maybe' },
  ])('refuse %j', (options) => {
    expect(secure.options.safeParse(options).success).toBe(false)
  })
})
