import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import type { Exchange, GatewayEnv } from '../../http/context.ts'
import { exchangeWith } from '../../http/exchange.fixture.ts'
import { installationWith } from '../../http/installation.fixture.ts'
import { createLimiter } from '../../objects/limiter/client.ts'
import { createShards } from '../../objects/limiter/shards.fixture.ts'
import type { Limiter } from '../../ports/limiter.ts'
import { rateLimit } from './index.ts'

/** A limiter whose clock stands still, so that nothing is refilled. */
function createStandingLimiter() {
  const { shards, calls } = createShards()
  return { limiter: createLimiter({ shards, platform: () => undefined, now: () => 0 }), calls }
}

/** An endpoint with this policy; what a request is like is said by its exchange. */
function serve(
  options: Record<string, unknown>,
  limiter: Limiter = createStandingLimiter().limiter,
  endpoint = 'list',
) {
  const policy = rateLimit.build(options, { ...installationWith({ limiter }), endpoint })
  return async (given: Partial<Exchange> = {}) => {
    const exchange = exchangeWith({ client: '203.0.113.7', ...given })
    const app = new Hono<GatewayEnv>()
    app.use(async (c, next) => {
      c.set('exchange', exchange)
      await next()
    })
    app.use(policy)
    app.all('/', () => new Response('hello'))
    const response = await app.request('/')
    return { response, status: response.status, exchange }
  }
}

type Request = Partial<Exchange>
const sending = (headers: Record<string, string>): Request => ({
  sent: new Map(Object.entries(headers)),
})
const knownAs = (subject: string, claims: Record<string, unknown> = {}): Request => ({
  identity: { kind: 'jwt', subject, claims },
})

const statuses = async (ask: ReturnType<typeof serve>, requests: readonly Request[]) => {
  const all: number[] = []
  for (const request of requests) all.push((await ask(request)).status)
  return all
}
const times = (count: number, request: Request = {}) => Array.from({ length: count }, () => request)

describe('the limit of an endpoint', () => {
  test('lets its rate pass and refuses the rest with 503, in the words of a problem', async () => {
    const ask = serve({ max_rate: 2 })
    expect(await statuses(ask, times(2))).toEqual([200, 200])
    const { response, exchange } = await ask()
    expect(response.status).toBe(503)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '1',
      ratelimit: '"endpoint";r=0;t=1',
      'ratelimit-policy': '"endpoint";q=2;w=1',
      'x-cb-restapigw-completed': 'false',
    })
    expect(await response.json()).toMatchObject({ status: 503, request_id: 'r-1' })
    expect(exchange.limits).toEqual([{ rule: 'endpoint', outcome: 'refused' }])
  })

  test('is not shared with another endpoint', async () => {
    const { limiter } = createStandingLimiter()
    const [one, other] = [
      serve({ max_rate: 1 }, limiter, 'one'),
      serve({ max_rate: 1 }, limiter, 'other'),
    ]
    expect(await statuses(one, times(2))).toEqual([200, 503])
    expect(await statuses(other, times(2))).toEqual([200, 503])
  })

  test('keeps its count when other fields are edited', async () => {
    const { limiter } = createStandingLimiter()
    expect(await statuses(serve({ max_rate: 3 }, limiter), times(3))).toEqual([200, 200, 200])
    const edited = { max_rate: 3, client_max_rate: 10, headers: 'off', budget: '1s' }
    expect(await statuses(serve(edited, limiter), times(1))).toEqual([503])
  })

  test.each([{ max_rate: 0 }, { max_rate: -1 }, { enabled: false, max_rate: 1 }, {}])(
    'is off with %j',
    async (options) => {
      expect(rateLimit.isOff?.(options)).toBe(true)
      expect(await statuses(serve(options), times(5))).toEqual([200, 200, 200, 200, 200])
    },
  )

  test('takes what a filled reference leaves behind', async () => {
    const ask = serve({ max_rate: '2', enabled: 'yes', headers: 'OFF', rules: [] })
    expect(await statuses(ask, times(3))).toEqual([200, 200, 503])
  })
})

describe('the limit of a client', () => {
  test('is 429, for each address alone', async () => {
    const ask = serve({ client_max_rate: 2 })
    expect(await statuses(ask, times(3))).toEqual([200, 200, 429])
    expect(await statuses(ask, times(3, { client: '203.0.113.8' }))).toEqual([200, 200, 429])
  })

  test('of an IPv6 address is that of its /64; one mapped from IPv4 is the IPv4 address', async () => {
    const ask = serve({ client_max_rate: 1, strategy: 'IP' })
    expect(await statuses(ask, [{ client: '2001:db8::1' }, { client: '2001:db8::ffff' }])).toEqual([
      200, 429,
    ])
    expect(await statuses(ask, [{ client: '2001:db8:0:1::1' }])).toEqual([200])
    expect(await statuses(ask, [{}, { client: '::ffff:203.0.113.7' }])).toEqual([200, 429])
  })

  test('is asked before that of the endpoint, so that one client cannot use it up', async () => {
    const ask = serve({ client_max_rate: 1, max_rate: 2 })
    expect(await statuses(ask, times(3))).toEqual([200, 429, 429])
    expect(await statuses(ask, [{ client: '203.0.113.8' }, { client: '203.0.113.9' }])).toEqual([
      200, 503,
    ])
  })

  test.each<[string, Record<string, unknown>, Request, Request]>([
    [
      'a header',
      { strategy: 'header', key: 'X-Api-Key' },
      sending({ 'x-api-key': 'a' }),
      sending({ 'x-api-key': 'b' }),
    ],
    [
      'a cookie',
      { strategy: 'cookie', key: 'session' },
      sending({ cookie: 'x=1; session=a' }),
      sending({ cookie: 'session=b; x=1' }),
    ],
    [
      'a claim',
      { strategy: 'claim', key: 'plan' },
      knownAs('s', { plan: 'a' }),
      knownAs('s', { plan: ['a'] }),
    ],
    [
      'a claim in another one',
      { strategy: 'claim', key: 'tenant.id' },
      knownAs('s', { tenant: { id: 7 } }),
      knownAs('s', { tenant: { id: 8 } }),
    ],
    ['the subject', { strategy: 'subject' }, knownAs('a'), knownAs('b')],
  ])('may be told by %s; who has none is refused', async (_, options, one, other) => {
    const ask = serve({ client_max_rate: 1, ...options })
    expect(await statuses(ask, [one, one, other, other])).toEqual([200, 429, 200, 429])
    const { response, exchange } = await ask(sending({ cookie: 'sessions=a; =b; session' }))
    expect(response.status).toBe(429)
    expect(response.headers.has('retry-after')).toBe(false)
    expect(exchange.limits).toEqual([{ rule: 'client', outcome: 'refused' }])
  })

  test.each(['constructor', '__proto__', 'toString', 'plan.constructor.name'])(
    'has no claim %s that nobody made',
    async (key) => {
      const ask = serve({ client_max_rate: 1, strategy: 'claim', key })
      expect((await ask(knownAs('s', { plan: 'a' }))).status).toBe(429)
    },
  )

  test('by address is one for all where a host cannot tell addresses', async () => {
    const ask = serve({ client_max_rate: 1 })
    expect(await statuses(ask, times(2, { client: 'unknown' }))).toEqual([200, 429])
  })

  test('keeps no credential: keys are digests', async () => {
    const { limiter, calls } = createStandingLimiter()
    const ask = serve({ client_max_rate: 1, strategy: 'header', key: 'authorization' }, limiter)
    await ask(sending({ authorization: 'Bearer hunter2' }))
    expect(JSON.stringify(calls)).not.toContain('hunter2')
    expect(calls[0]?.asked.key.length).toBeLessThan(30)
  })
})

describe('a rule', () => {
  const rule = (given: Record<string, unknown>) => ({ rules: [{ name: 'plan', ...given }] })

  test('may have a bucket of any size, and its own name in the headers', async () => {
    const ask = serve(rule({ rate: 0.5, capacity: 3 }))
    const { response } = await ask()
    expect(response.headers.get('ratelimit')).toBe('"plan";r=2;t=2')
    expect(response.headers.get('ratelimit-policy')).toBe('"plan";q=3;w=6')
    expect(await statuses(ask, times(3))).toEqual([200, 200, 503])
  })

  test('may have quotas beside the rate', async () => {
    const ask = serve(rule({ keys: ['ip'], rate: 10, quota: { minute: 2, day: 100 } }))
    const { response } = await ask()
    const left = response.headers.get('ratelimit') ?? ''
    expect(left).toMatch(/^"plan";r=9;t=1, "plan-minute";r=1;t=\d+, "plan-day";r=99;t=\d+$/)
    expect(response.headers.get('ratelimit-policy')).toBe(
      '"plan";q=10;w=1, "plan-minute";q=2;w=60, "plan-day";q=100;w=86400',
    )
    expect(await statuses(ask, times(2))).toEqual([200, 429])
  })

  test('may tell clients by several things together', async () => {
    const ask = serve(rule({ rate: 1, keys: ['ip', { header: 'X-Tenant' }] }))
    const from = (client: string, tenant: string) => ({
      client,
      ...sending({ 'x-tenant': tenant }),
    })
    const requests = [
      from('192.0.2.1', 'a'),
      from('192.0.2.1', 'b'),
      from('192.0.2.2', 'a'),
      from('192.0.2.1', 'a'),
    ]
    expect(await statuses(ask, requests)).toEqual([200, 200, 200, 429])
    expect(await statuses(ask, [{ client: '192.0.2.1' }])).toEqual([429])
  })

  test('may charge more for a request', async () => {
    expect(await statuses(serve(rule({ rate: 10, cost: 5 })), times(3))).toEqual([200, 200, 503])
  })

  test('in shadow counts and tells the log, and refuses nobody', async () => {
    const ask = serve(rule({ rate: 1, shadow: true }))
    expect((await ask()).exchange.limits).toBeUndefined()
    const { response, exchange } = await ask()
    expect(response.status).toBe(200)
    expect(response.headers.has('ratelimit')).toBe(false)
    expect(exchange.limits).toEqual([{ rule: 'plan', outcome: 'shadow' }])
  })

  test('takes the defaults of its block, unless it has its own', () => {
    const block = {
      mode: 'leased',
      budget: '1s',
      cost: 2,
      rules: [
        { name: 'a', rate: 5 },
        { name: 'b', rate: 5, mode: 'exact', cost: 1 },
      ],
    }
    const rules = rateLimit.limits?.(block, { endpoint: 'e' }) ?? []
    expect(rules.map(({ counted: { mode, cost, budgetMs } }) => [mode, cost, budgetMs])).toEqual([
      ['leased', 2, 1000],
      ['exact', 1, 1000],
    ])
  })

  test.each([
    [{ rate: 100 }, 'exact'],
    [{ rate: 101 }, 'leased'],
    [{ quota: { minute: 6000 } }, 'exact'],
    [{ quota: { minute: 6001 } }, 'leased'],
    [{ quota: { day: 100_000 } }, 'leased'],
    [{ rate: 5000, quota: { hour: 1000 } }, 'exact'],
  ])('with %j is %s unless it says how', (given, mode) => {
    const [only] = rateLimit.limits?.(rule(given), { endpoint: 'e' }) ?? []
    expect(only?.counted.mode).toBe(mode)
  })
})

describe('headers', () => {
  const LEGACY = {
    'x-ratelimit-limit': '5',
    'x-ratelimit-remaining': '4',
    'x-ratelimit-reset': '1',
  }
  test.each([
    ['standard', ['ratelimit', 'ratelimit-policy']],
    ['legacy', Object.keys(LEGACY)],
    ['both', ['ratelimit', 'ratelimit-policy', ...Object.keys(LEGACY)]],
    ['off', []],
  ])('%s: %j', async (headers, names) => {
    const { response } = await serve({ max_rate: 9, client_max_rate: 5, headers })()
    const sent = [...response.headers].filter(([name]) => name.includes('ratelimit'))
    expect(sent.map(([name]) => name).toSorted()).toEqual([...names].toSorted())
    if (names.includes('ratelimit')) {
      expect(response.headers.get('ratelimit')).toBe('"client";r=4;t=1, "endpoint";r=8;t=1')
    }
    if (names.includes('x-ratelimit-limit')) expect(Object.fromEntries(sent)).toMatchObject(LEGACY)
  })

  test('off still says when to come back', async () => {
    const ask = serve({ max_rate: 1, headers: 'off' })
    await ask()
    const { response } = await ask()
    expect(response.headers.get('retry-after')).toBe('1')
    expect(response.headers.has('ratelimit')).toBe(false)
  })
})

describe('while the counter does not answer', () => {
  const dead: Limiter = {
    take: () => ({ kind: 'failed', reason: 'no answer within 250 ms' }),
    read: () => Promise.resolve(undefined),
    reset: () => Promise.resolve(false),
  }

  test.each([
    ['a rate', { max_rate: 1 }, 200, 'open'],
    ['a quota', { rules: [{ name: 'endpoint', quota: { day: 1 } }] }, 503, 'closed'],
    ['a rate that says so', { max_rate: 1, on_error: 'closed' }, 503, 'closed'],
    [
      'a quota that says so',
      { rules: [{ name: 'endpoint', quota: { day: 1 }, on_error: 'open' }] },
      200,
      'open',
    ],
    [
      'a quota in shadow',
      { rules: [{ name: 'endpoint', quota: { day: 1 }, shadow: true }] },
      200,
      'open',
    ],
  ])('%s: %j is %i', async (_, options, status, outcome) => {
    const written = JSON.parse(
      JSON.stringify(options).replace('"endpoint"', '"own"'),
    ) as typeof options
    const { response, exchange } = await serve(written, dead)()
    expect(response.status).toBe(status)
    expect(exchange.limits).toMatchObject([{ outcome }])
    expect(exchange.error).toMatch(/^rate limit ".+": no answer within 250 ms$/)
  })
})

test('options take their own output', () => {
  const written = {
    client_max_rate: 5,
    strategy: 'claim',
    key: 'plan',
    headers: 'both',
    rules: [{ name: 'a', keys: ['ip', { cookie: 'c' }], quota: { hour: 5 }, on_error: 'open' }],
  }
  const once = rateLimit.options.parse(written)
  expect(rateLimit.options.parse(once)).toEqual(once)
})
