import { describe, expect, it } from 'vitest'
import { activate } from './activate.ts'
import { explain, type ExplainedRoute, type ExplainRequest } from './explain.ts'
import type { Plan } from './types.ts'
import { planOf } from './yaml.fixture.ts'

const SYSTEM = `
middleware: {mw-cors: {allow_origins: ['*']}, mw-httpsecure: {frame_deny: true}}
upstreams:
  up:
    targets: [{url: 'http://\${UP:-up}:1/base'}, {url: reserve, tier: 1}]
    auth: {basic: {username: admin, password: '\${PASSWORD}'}}
    headers: {X-Env: dev}`
const DEFINITIONS = `
  - {name: all, endpoint: /ns/*bypass, hosts: [{host: up}], backend: [{url_pattern: '/*bypass'}]}
  - {name: get, endpoint: '/ns/{id}', timeout: 5s, hosts: [{host: up}], backend: [{url_pattern: '/x/{id}?a=1'}]}
  - {name: file, endpoint: '/ns/{id}.json', hosts: [{host: h}], backend: [{url_pattern: /y}]}
  - {name: post, endpoint: /ns/recommend, method: POST, hosts: [{host: h}], backend: [{url_pattern: /z}]}
  - name: shaped
    endpoint: /shaped/{id}
    cache_ttl: 10s
    except_querystrings: [token, 'a b']
    except_headers: [X-Drop]
    middleware: {mw-proxy: {sequential: true}}
    backend:
      - {url_pattern: '/one/{id}', hosts: [{host: 'http://h:81', weight: 2}], lb_mode: wrr, method: POST,
         target: a, whitelist: [b, c], mapping: {b: d}, group: g, timeout: 1s}
      - {url_pattern: '/two/{resp0_g.d}?key=\${KEY}', hosts: [{host: 'http://\${UP:-up}:2'}], is_collection: true}
  - name: limited
    endpoint: /limited
    middleware: {mw-ratelimit: {client_max_rate: 5, max_rate: 500, rules: [{name: daily, keys: [ip, {header: X-Key}], quota: {day: 100}, shadow: true}]}}
    backend: [{hosts: [{host: h}], middleware: {mw-ratelimit: {max_rate: 2, capacity: 9, cost: 3}}}]
`

async function explained(line: string, values: Record<string, string> = {}) {
  const all: Record<string, string> = { PASSWORD: 'hunter2', KEY: 'hunter3', ...values }
  const plan = activate(await planOf(DEFINITIONS, SYSTEM), (name) => all[name])
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  const [method = '', path = '', ...rest] = line.split(' ')
  const headers = rest.map((pair) => pair.split('=') as [string, string])
  const request: ExplainRequest = { method, path, headers }
  return explain(plan.value, request)
}

async function route(line: string, values: Record<string, string> = {}): Promise<ExplainedRoute> {
  const found = await explained(line, values)
  if (found.outcome !== 'route') throw new Error(found.outcome)
  return found
}

const REGISTERED = { owner: 'stack dev', shadowsFile: true, isDraining: false }

async function withRegistered(registered: Plan['registered']): Promise<ExplainedRoute['calls']> {
  const plan = activate(await planOf(DEFINITIONS, SYSTEM), () => 'x')
  if (!plan.ok || registered === undefined) throw new Error('not activated')
  const found = explain({ ...plan.value, registered }, { method: 'GET', path: '/ns/a' })
  return found.outcome === 'route' ? found.calls : []
}

describe('an explanation', () => {
  it('tells an upstream of the registry from one of the file, and that the registry wins', async () => {
    const [first] = (await route('GET /ns/a')).calls
    expect(first?.urls.map(({ registered }) => registered)).toEqual([undefined, undefined])
    const [call] = await withRegistered({ up: REGISTERED })
    expect(call?.urls.map(({ registered }) => registered)).toEqual([REGISTERED, REGISTERED])
    expect(call?.fault).toBeUndefined()
  })

  it('says that nothing is called while all that could be is being drained', async () => {
    const [call] = await withRegistered({ up: { ...REGISTERED, isDraining: true } })
    expect(call?.fault).toContain('being drained')
    expect(call?.urls).toHaveLength(2)
  })

  it('names the route that wins, its file and its parameters', async () => {
    expect(await route('GET /ns/a%2Fb')).toMatchObject({
      name: 'get',
      kind: 'formatted',
      method: 'GET',
      path: '/ns/{id}',
      place: { file: 'apis/a.yaml', path: ['definitions', 1] },
      params: { id: 'a/b' },
      timeoutMs: 5000,
    })
  })

  it('tells why the others lost: the segment that decided, or the method', async () => {
    const { others } = await route('GET /ns/a.json')
    expect(others.map(({ name, why }) => [name, why])).toEqual([
      ['get', 'in segment 2, the parameter {id}.json wins over the parameter {id}'],
      ['all', 'in segment 2, the parameter {id}.json wins over the wildcard'],
    ])
    const recommend = await route('HEAD /ns/recommend')
    expect(recommend.name).toBe('get')
    expect(recommend.others.map(({ name, why }) => [name, why])).toEqual([
      ['post', 'it answers only POST'],
      ['all', 'in segment 2, the parameter {id} wins over the wildcard'],
    ])
    const post = await route('POST /ns/recommend')
    expect(post.others[0]).toMatchObject({ name: 'get', why: 'it answers only GET' })
  })

  it('lists policies in the order in which they run', async () => {
    expect((await route('GET /ns/a')).policies).toEqual(['mw-httpsecure', 'mw-cors'])
  })

  it('tells who may pass in that order, those that are combined inside, and no secret', async () => {
    const plan = await planOf(`
  - name: guarded
    endpoint: /guarded
    method: POST
    middleware:
      mw-validate: {body: {type: object}}
      mw-ratelimit: {max_rate: 5}
      mw-jwt: {issuers: [{issuer: 'https://a.test', secret: 'hunter2-hunter2-hunter2-hunter2-hunter2', audience: api}], scopes: read}
      mw-auth: {secure_key: hunter2, access_ids: [alice]}
      mw-access: {any_of: [mw-jwt, {all_of: [mw-auth, mw-ipfilter]}]}
      mw-bodylimit: {max_size: 1KB, max_depth: 3}
      mw-ipfilter: {allow: 10.0.0.0/8}
    backend: [{hosts: [{host: h}]}]`)
    const found = explain(plan, { method: 'POST', path: '/guarded' })
    const { policies, limits } = found as ExplainedRoute
    expect(policies.map((policy) => policy.split(' ')[0])).toEqual([
      'mw-bodylimit',
      'mw-access',
      'mw-ratelimit',
      'mw-validate',
    ])
    expect(policies[0]).toMatch(/max_size.*1KB.*max_depth.*3/)
    expect(policies[1]).toMatch(
      /mw-ipfilter .*10\.0\.0\.0\/8.*mw-jwt .*https:\/\/a\.test.*mw-auth .*alice/,
    )
    expect(limits).toEqual([expect.stringContaining('5 per second')])
    expect(JSON.stringify(found)).not.toContain('hunter')
  })

  it('shows the URLs that would be called, and the headers that are set, without their values', async () => {
    const { calls } = await route('GET /ns/a%2Fb?q=%20&r')
    expect(calls).toMatchObject([
      {
        name: 'up',
        method: 'GET',
        urls: [
          {
            url: 'http://up:1/base/x/a%2Fb?a=1&q=%20&r',
            tier: 0,
            upstream: 'up',
            sets: { 'x-env': '***', authorization: '***' },
          },
          { url: 'http://reserve/x/a%2Fb?a=1&q=%20&r', tier: 1 },
        ],
      },
    ])
  })

  it('shows a bypass with the path of the client', async () => {
    expect(await route('PATCH /ns/a/b%2Fc?q')).toMatchObject({
      kind: 'bypass',
      output: 'no-op',
      calls: [
        {
          method: 'PATCH',
          encoding: 'no-op',
          urls: [{ url: 'http://up:1/base/ns/a/b%2Fc?q' }, {}],
        },
      ],
    })
  })

  it('shows a sequence with fields of answers as they stand in the file', async () => {
    const line =
      'GET /shaped/7?token=t&x=1&a%20b=2&a+b=3 X-Drop=1 X-Keep=2 Connection=close CF-Connecting-IP=9.9.9.9'
    expect(await route(line)).toMatchObject({
      kind: 'sequence',
      cacheTtlS: 10,
      headers: { forwarded: ['x-keep'], dropped: ['cf-connecting-ip', 'connection', 'x-drop'] },
      calls: [
        {
          method: 'POST',
          balance: 'wrr',
          timeoutMs: 1000,
          urls: [{ url: 'http://h:81/one/7?x=1', weight: 2, sets: {} }],
          shaping: ['target', 'whitelist (2)', 'mapping (1)', 'group'],
        },
        { urls: [{ url: 'http://up:2/two/{resp0_g.d}?key=***&x=1' }], shaping: ['collection'] },
      ],
    })
  })

  it('holds no value of a reference anywhere', async () => {
    const values = { UP: 'hunter1' }
    const all = [await route('GET /ns/a', values), await route('GET /shaped/1', values)]
    expect(JSON.stringify(all)).not.toContain('hunter')
    expect(JSON.stringify(all)).not.toContain(btoa('admin:hunter2'))
    expect(all[0]?.calls[0]?.urls[0]?.url).toBe('http://${UP}:1/base/x/a?a=1')
  })

  it('says why no URL can be made', async () => {
    const plan = await planOf(`
  - {name: a, endpoint: '/a/x-{x}', hosts: [{host: h}], backend: [{url_pattern: '/{x}'}]}`)
    expect(explain(plan, { method: 'GET', path: '/a/x-..' })).toMatchObject({
      calls: [{ urls: [], fault: 'A path parameter makes a dot segment.' }],
    })
  })

  it.each([
    ['GET /NS/a', { outcome: 'redirect', location: '/ns/a' }],
    ['GET /ns?q', { outcome: 'redirect', location: '/ns/?q' }],
    ['POST /shaped/1', { outcome: 'method-not-allowed', allow: ['GET', 'HEAD', 'OPTIONS'] }],
    ['GET /nothing', { outcome: 'not-found' }],
    ['GET /__health', { outcome: 'reserved' }],
    ['GET /ns/../x', { outcome: 'bad-path' }],
    ['GET /ns/%00', { outcome: 'bad-path' }],
  ])('of %s says what becomes of it', async (line, expected) => {
    expect(await explained(line)).toMatchObject(expected)
  })

  it('tells the limits of a route and its calls in the order in which they are asked', async () => {
    const { limits, calls } = await route('GET /limited')
    expect(limits).toEqual([
      'client: 5 per second (5 at once); by ip; exact; refuses with 429; open on error',
      'daily: 100 per day; by ip and header X-Key; exact; shadow: never refuses; closed on error',
      'endpoint: 500 per second (500 at once); shared by all; leased; refuses with 503; open on error',
    ])
    expect(calls[0]?.limits).toEqual([
      'backend: 2 per second (9 at once); shared by all; exact; costs 3; refuses with 503; open on error',
    ])
  })
})
