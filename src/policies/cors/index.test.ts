import * as fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import type { GatewayEnv } from '../../http/context.ts'
import { installationWith } from '../../http/installation.fixture.ts'
import { cors } from './index.ts'

/** A gateway with this policy; `/` answers with the headers an upstream would send. */
function serve(options: Record<string, unknown>, upstream: Record<string, string> = {}) {
  const app = new Hono<GatewayEnv>()
  app.use(cors.build(options, installationWith()))
  app.all('/', () => new Response('hello', { headers: upstream }))
  app.get('/broken', () => {
    throw new Error('a bug')
  })
  app.onError(() => new Response('sorry', { status: 500 }))
  return async (headers: Record<string, string>, method = 'GET', path = '/') => {
    const response = await app.request(path, { method, headers })
    const sent = [...response.headers].filter(([name]) => /^access-control|^vary$/.test(name))
    return { status: response.status, ...Object.fromEntries(sent) }
  }
}

const preflight = (origin: string, method: string, headers?: string) => ({
  origin,
  'access-control-request-method': method,
  ...(headers !== undefined && { 'access-control-request-headers': headers }),
})

const ORIGIN = 'access-control-allow-origin'
const CREDENTIALS = 'access-control-allow-credentials'
const PREFLIGHT_VARY = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

describe('an actual request', () => {
  test('of any origin is allowed when nothing is configured', async () => {
    const ask = serve({})
    expect(await ask({ origin: 'https://a.test' })).toEqual({
      status: 200,
      vary: 'Origin',
      [ORIGIN]: '*',
    })
  })

  test('says which headers scripts may read', async () => {
    const ask = serve({ allow_origins: ['https://a.test'], expose_headers: ['X-One', 'x-two'] })
    expect(await ask({ origin: 'https://a.test' })).toEqual({
      status: 200,
      vary: 'Origin',
      [ORIGIN]: 'https://a.test',
      'access-control-expose-headers': 'X-One, x-two',
    })
  })

  test('without an origin only learns that the answer varies', async () => {
    expect(await serve({})({})).toEqual({ status: 200, vary: 'Origin' })
  })

  test.each([
    ['an origin that is not listed', { allow_origins: ['https://a.test'] }, 'GET'],
    ['a method that is not listed', { allow_methods: ['PUT'] }, 'GET'],
    ['a method outside the default three', {}, 'DELETE'],
  ])('of %s goes through, but its page may not read the answer', async (_, options, method) => {
    const ask = serve(options)
    expect(await ask({ origin: 'https://b.test' }, method)).toEqual({ status: 200, vary: 'Origin' })
  })

  test.each([
    [404, '/none'],
    [500, '/broken'],
  ])('is readable also when it ends in %i', async (status, path) => {
    const ask = serve({ allow_origins: ['https://a.test'] })
    const answer = await ask({ origin: 'https://a.test' }, 'GET', path)
    expect(answer).toMatchObject({ status, [ORIGIN]: 'https://a.test' })
  })

  test('with OPTIONS that is no preflight reaches the route', async () => {
    const answer = await serve({})({ origin: 'https://a.test' }, 'OPTIONS')
    expect(answer).toMatchObject({ status: 200, vary: 'Origin', [ORIGIN]: '*' })
  })

  test("never lets an upstream's own decision through", async () => {
    const upstream = {
      [ORIGIN]: 'https://evil.test',
      [CREDENTIALS]: 'true',
      'access-control-expose-headers': 'Set-Cookie',
    }
    const ask = serve({ allow_origins: ['https://a.test'] }, upstream)
    expect(await ask({ origin: 'https://evil.test' })).toEqual({ status: 200, vary: 'Origin' })
    expect(await ask({ origin: 'https://a.test' })).toEqual({
      status: 200,
      vary: 'Origin',
      [ORIGIN]: 'https://a.test',
    })
  })

  test.each([
    ['Accept', 'Accept, Origin'],
    ['accept-encoding, origin', 'accept-encoding, origin'],
    ['*', '*'],
  ])('keeps the Vary %j of an upstream', async (vary, expected) => {
    expect(await serve({}, { vary })({})).toEqual({ status: 200, vary: expected })
  })
})

describe('a preflight', () => {
  test('that is allowed is answered with 200 and an echo of what was asked', async () => {
    const ask = serve({
      allow_origins: ['https://a.test'],
      allow_methods: ['put'],
      allow_headers: ['X-Token'],
      allow_credentials: true,
      max_age: '1m30s',
    })
    const headers = preflight('https://a.test', 'PUT', 'origin,x-token')
    expect(await ask(headers, 'OPTIONS', '/none')).toEqual({
      status: 200,
      vary: PREFLIGHT_VARY,
      [ORIGIN]: 'https://a.test',
      [CREDENTIALS]: 'true',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'origin, x-token',
      'access-control-max-age': '90',
    })
  })

  test.each([
    ['origin', { allow_origins: ['https://b.test'] }, 'GET', undefined],
    ['method', { allow_methods: ['GET'] }, 'PUT', undefined],
    ['header', { allow_headers: ['X-Token'] }, 'GET', 'x-token, x-other'],
    ['header that is none', { allow_headers: ['*'] }, 'GET', 'x-token, a b'],
  ])(
    'for a refused %s is answered with 200 and nothing else',
    async (_, options, method, names) => {
      const answer = await serve(options)(preflight('https://a.test', method, names), 'OPTIONS')
      expect(answer).toEqual({ status: 200, vary: PREFLIGHT_VARY })
    },
  )

  test('may ask for any header when the list holds an asterisk', async () => {
    const ask = serve({ allow_headers: ['*'] })
    const answer = await ask(preflight('https://a.test', 'GET', 'X-Any'), 'OPTIONS')
    expect(answer).toMatchObject({ 'access-control-allow-headers': 'X-Any' })
  })

  test('may ask for the usual headers when none are listed', async () => {
    const usual = 'origin, accept, content-type, x-requested-with'
    const answer = await serve({})(preflight('https://a.test', 'POST', usual), 'OPTIONS')
    expect(answer).toMatchObject({ 'access-control-allow-headers': usual })
  })
})

describe('origins', () => {
  test.each([
    ['https://A.test', 'https://a.TEST', true],
    ['https://a.test', 'https://a.test:8443', false],
    ['https://*.a.test', 'https://x.y.a.test', true],
    ['https://*.a.test', 'https://a.test', false],
    ['https://*.a.test', 'https://evil.test/.a.test', false],
    ['https://*.a.test', 'https://evil.test:80.a.test', false],
    ['http://localhost:*', 'http://localhost:3000', true],
    ['http://localhost:*', 'http://localhost.evil.test', false],
    ['http://localhost:*', 'http://localhost:evil.test', false],
    ['http*://a.test', 'http://a.test', true],
    ['http*://a.test', 'https://a.test', true],
    ['null', 'null', true],
    ['https://a.test', 'null', false],
  ])('%s and %s: %s', async (entry, origin, isAllowed) => {
    const answer = await serve({ allow_origins: [entry] })({ origin })
    expect(ORIGIN in answer).toBe(isAllowed)
  })
})

describe('credentials', () => {
  test.each([
    ['https://a.test', 'https://a.test'],
    ['https://*.a.test', 'https://x.a.test'],
    ['http://localhost:*', 'http://localhost:3000'],
    ['*://a.test', 'https://a.test'],
  ])('are allowed for an origin that %s names', async (entry, origin) => {
    const ask = serve({ allow_origins: [entry], allow_credentials: true })
    expect(await ask({ origin })).toMatchObject({ [ORIGIN]: origin, [CREDENTIALS]: 'true' })
  })

  test.each([
    ['*', 'https://evil.test', '*'],
    ['https://*', 'https://evil.test', 'https://evil.test'],
    ['http*', 'https://evil.test', undefined],
    ['https://*a.test', 'https://evil-a.test', 'https://evil-a.test'],
    ['https://a.*', 'https://a.evil.test', 'https://a.evil.test'],
    ['https://api-*.*', 'https://api-x.*', 'https://api-x.*'],
    ['null', 'null', 'null'],
  ])('are never allowed for an origin that only %s covers', async (entry, origin, allowed) => {
    const ask = serve({ allow_origins: [entry], allow_credentials: true })
    const answer: Record<string, unknown> = await ask({ origin })
    expect(answer[ORIGIN]).toBe(allowed)
    expect(answer[CREDENTIALS]).toBeUndefined()
  })

  test('are allowed for a named origin beside an asterisk', async () => {
    const ask = serve({ allow_origins: ['*', 'https://a.test'], allow_credentials: true })
    expect(await ask({ origin: 'https://a.test' })).toMatchObject({
      [ORIGIN]: 'https://a.test',
      [CREDENTIALS]: 'true',
    })
    expect(await ask({ origin: 'https://b.test' })).toEqual({
      status: 200,
      vary: 'Origin',
      [ORIGIN]: '*',
    })
  })

  test('never go to an origin outside the list, whatever it looks like', async () => {
    const ask = serve({
      allow_origins: ['https://*.a.test', 'http://localhost:*'],
      allow_credentials: true,
    })
    const host = fc.stringMatching(/^[a-z0-9.:@/#?-]{0,20}$/)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('http', 'https', ''), host, async (scheme, name) => {
        const answer = await ask({ origin: `${scheme}://${name}.test` })
        if (CREDENTIALS in answer) expect(name).toMatch(/^[a-z0-9.-]*\.a$/)
      }),
    )
  })
})

describe('options', () => {
  const decode = (options: unknown) => cors.options.safeParse(options)

  test('take what a filled reference or an empty key leaves behind', () => {
    const decoded = decode({
      allow_origins: 'https://a.test, https://b.test',
      allow_headers: null,
      allow_credentials: 'Yes',
      max_age: 0,
    })
    expect(decoded.data).toEqual({
      allow_origins: ['https://a.test', 'https://b.test'],
      allow_methods: [],
      allow_headers: [],
      expose_headers: [],
      allow_credentials: true,
      max_age: '0s',
    })
  })

  test('can be decoded again', () => {
    const once = decode({ allow_origins: ['*'], allow_credentials: 'off', max_age: '12h' }).data
    expect(decode(once).data).toEqual(once)
  })

  test.each([
    { max_age: 300 },
    { max_age: 'soon' },
    { max_age: '-1s' },
    { allow_credentials: 'perhaps' },
    { allow_origins: 7 },
    { expose_headers: ['X-A\r\nSet-Cookie: b'] },
  ])('refuse %j', (options) => {
    expect(decode(options).success).toBe(false)
  })

  test('have a description each', () => {
    for (const shape of Object.values(cors.options.shape)) {
      expect(shape).toMatchObject({ description: expect.stringMatching(/\.$/) as string })
    }
  })
})
