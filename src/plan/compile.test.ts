import { describe, expect, it } from 'vitest'
import { load } from '../config/load.ts'
import { compile } from './compile.ts'
import { compileYaml, planOf, printFaults } from './yaml.fixture.ts'

const one = async (definitions: string, system = '') => {
  const [route] = (await planOf(definitions, system)).routes
  if (route === undefined) throw new Error('no route')
  return route
}

const faultsOf = async (definitions: string, system = '') =>
  printFaults((await compileYaml(definitions, system)).faults)

const endpoint = (path: string, more = '') => `
  - name: ${JSON.stringify(path)}
    endpoint: ${JSON.stringify(path)}
    ${more}
    hosts: [{host: 'http://h'}]
    backend: [{url_pattern: '/'}]
`

describe('trusted_proxies', () => {
  it('of every address are warned about: clients could then choose theirs', async () => {
    const faults = await faultsOf(
      endpoint('/a'),
      'trusted_proxies: [10.0.0.0/8, 0.0.0.0/0, "::/0"]',
    )
    expect(faults).toEqual([
      expect.stringMatching(/^warning trusted_proxies\.1: This trusts every address/),
      expect.stringMatching(/^warning trusted_proxies\.2: This trusts every address/),
    ])
  })
})

describe('inheritance', () => {
  it('goes from the service to the endpoint to the backend', async () => {
    const route = await one(
      `
  - name: a
    endpoint: /a/{id}
    method: post
    hosts: [{host: 'h:81'}, {host: 'https://i/base/', weight: 2}]
    backend:
      - url_pattern: /x/{id}?q={id}
`,
      'timeout: 3s\ncache_ttl: 90s\noutput_encoding: string\nmax_body: 1KiB\nmax_request_body: 2KiB',
    )
    expect(route).toMatchObject({
      method: 'POST',
      path: '/a/{id}',
      timeoutMs: 3000,
      cacheTtlS: 90,
      output: 'string',
      maxBodyBytes: 1024,
      maxRequestBodyBytes: 2048,
      backends: [
        {
          name: 'h',
          method: 'POST',
          timeoutMs: 0,
          path: ['/x/', { param: 'id' }, '?q=', { param: 'id' }],
          hosts: [
            { target: { origin: 'http://h:81', basePath: '' }, weight: 0 },
            { target: { origin: 'https://i', basePath: '/base' }, weight: 2 },
          ],
        },
      ],
    })
  })

  it('stops at what the endpoint or backend says itself, zero and false included', async () => {
    const route = await one(
      `
  - name: a
    endpoint: /a
    timeout: 0s
    cache_ttl: 0s
    output_encoding: json
    max_body: 5
    hosts: [{host: h}]
    backend:
      - {url_pattern: /x, method: put, timeout: 1500ms, hosts: [{host: own}]}
`,
      'timeout: 3s\noutput_encoding: string',
    )
    expect(route).toMatchObject({ timeoutMs: 0, cacheTtlS: 0, output: 'json', maxBodyBytes: 5 })
    expect(route.backends[0]).toMatchObject({ name: 'own', method: 'PUT', timeoutMs: 1500 })
    expect(route.backends[0].hosts).toHaveLength(1)
  })

  it('leaves out what is not active', async () => {
    const { routes } = await planOf(endpoint('/a') + endpoint('/b', 'active: false'))
    expect(routes.map(({ path }) => path)).toEqual(['/a'])
  })

  it('does not give policies or transports to anybody else', async () => {
    const plan = await planOf(endpoint('/a'), 'middleware: {mw-cors: {allow_origins: ["*"]}}')
    expect(plan.site.policies.map(({ key }) => key)).toEqual(['mw-cors'])
    expect(plan.routes[0]?.policies).toEqual([])
  })
})

describe('hosts', () => {
  const UPSTREAM =
    'upstreams: {up: {targets: [{url: "http://a:1/b"}, {url: c, weight: 3, tier: 1}]}}'

  it('may be names of the upstream registry', async () => {
    const plan = await planOf(endpoint('/a').replace('http://h', 'up'), UPSTREAM)
    expect(plan.routes[0]?.backends[0]).toMatchObject({ name: 'up', hosts: [{ upstream: 'up' }] })
    expect(plan.site.upstreams['up']).toMatchObject({
      targets: [
        { origin: 'http://a:1', basePath: '/b', weight: 1, tier: 0 },
        { origin: 'http://c', basePath: '', weight: 3, tier: 1 },
      ],
      passAuthorization: false,
      preserveHost: false,
      headers: {},
    })
  })

  it('are addresses when more than the name is written, which is said', async () => {
    const { plan, faults } = await compileYaml(
      endpoint('/a').replace('http://h', 'up:80'),
      UPSTREAM,
    )
    expect(plan?.routes[0]?.backends[0].hosts).toMatchObject([
      { target: { origin: 'http://up:80' } },
    ])
    expect(printFaults(faults)).toEqual([
      expect.stringMatching(/^warning definitions\.0\.hosts\.0\.host: .*credentials and targets/),
    ])
  })

  it('that all weigh nothing weigh the same', async () => {
    const balanced = (weights: string) =>
      one(
        `\n  - {name: a, endpoint: /a, hosts: [${weights}], backend: [{url_pattern: /, lb_mode: wrr}]}`,
      )
    const equal = await balanced('{host: x}, {host: y}')
    expect(equal.backends[0].hosts.map(({ weight }) => weight)).toEqual([1, 1])
    const some = await balanced('{host: x, weight: 2}, {host: y}')
    expect(some.backends[0].hosts.map(({ weight }) => weight)).toEqual([2, 0])
  })
})

describe('upstreams', () => {
  it('carry credentials as headers, in UTF-8', async () => {
    const plan = await planOf(
      endpoint('/a'),
      `upstreams:
  a: {targets: [{url: a}], auth: {basic: {username: 관리, password: 'p:w'}}, headers: {X-Env: dev}}
  b: {targets: [{url: b}], auth: {bearer: tok}}
  c: {targets: [{url: c}], auth: {header: {name: X-Api-Key, value: key}}, pass_authorization: yes}`,
    )
    const { a, b, c } = plan.site.upstreams
    const basic = Buffer.from('관리:p:w').toString('base64')
    expect(a?.headers).toEqual({ 'x-env': 'dev', authorization: `Basic ${basic}` })
    expect(b?.headers).toEqual({ authorization: 'Bearer tok' })
    expect(c).toMatchObject({ headers: { 'x-api-key': 'key' }, passAuthorization: true })
  })

  it('keep the host of the client only through a binding', async () => {
    const loaded = load({
      system: {
        name: 'g',
        text: 'version: 1\nname: n\nupstreams: {a: {targets: [{url: a}], binding: B}}',
      },
      groups: [],
    })
    if (loaded.document === undefined) throw new Error('not loaded')
    const { system } = loaded.document
    const a = { ...system.upstreams['a'], targets: [], headers: {}, pass_authorization: false }
    const keep = { ...a, preserve_host: true }
    const { faults } = await compile({
      system: {
        ...system,
        upstreams: { a: { ...keep, binding: 'B' }, b: { ...keep, binding: undefined } as never },
      },
      groups: [],
    })
    expect(printFaults(faults).filter((fault) => fault.includes('preserve_host'))).toEqual([
      expect.stringMatching(/^error upstreams\.b\.preserve_host/),
    ])
  })
})

describe('a bypass', () => {
  const bypass = (more = '', backend = '') => `
  - {name: a, endpoint: /p/*bypass, hosts: [{host: h}], ${more} backend: [{url_pattern: '/*bypass' ${backend}}]}`

  it('hands everything on as it is by default', async () => {
    expect(await one(bypass())).toMatchObject({
      method: '*',
      path: '/p/*',
      isBypass: true,
      output: 'no-op',
      backends: [{ encoding: 'no-op' }],
    })
  })

  it('is formatted when there is something to do to the answer', async () => {
    expect(await one(bypass('', ', group: g'))).toMatchObject({
      output: 'json',
      backends: [{ encoding: 'json' }],
    })
    const flatmap = 'middleware: {mw-proxy: {flatmap_filter: [{type: del, args: [a.b]}]}},'
    expect(await one(bypass(flatmap))).toMatchObject({
      output: 'json',
      flatmap: [{ type: 'del', paths: [['a', 'b']] }],
    })
  })

  it('says so when its url_pattern would mean something', async () => {
    const faults = await faultsOf(bypass().replace("'/*bypass'", '/base'))
    expect(faults).toEqual([expect.stringMatching(/^warning .*url_pattern: A bypass route sends/)])
  })
})

describe('encodings', () => {
  const encoded = (output: string, ...encodings: string[]) => `
  - name: a
    endpoint: /a
    ${output === '' ? '' : `output_encoding: ${output}`}
    hosts: [{host: h}]
    backend: [${encodings.map((encoding) => `{url_pattern: /, encoding: ${encoding}}`).join()}]`

  it.each([
    ['', 'json', 'json', 'json'],
    ['JSON', 'String', 'json', 'string'],
    ['string', 'json', 'string', 'json'],
    ['string', 'string', 'string', 'string'],
    ['no-op', 'no-op', 'no-op', 'no-op'],
    ['no-op', 'json', 'no-op', 'no-op'],
    ['', 'no-op', 'no-op', 'no-op'],
  ])('of %j and %s mean %s and %s', async (output, encoding, expected, read) => {
    const yaml = encoded(output, encoding)
    expect(await one(yaml)).toMatchObject({ output: expected, backends: [{ encoding: read }] })
    expect(await faultsOf(yaml)).toEqual([])
  })

  it('of which only one says no-op are pointed out', async () => {
    expect(await faultsOf(encoded('json', 'no-op'))).toEqual([expect.stringMatching(/^warning/)])
    const shaped = encoded('no-op', 'json, group: g')
    expect(await faultsOf(shaped)).toEqual([expect.stringMatching(/^warning .*is ignored/)])
  })

  it('of several backends can not be no-op', async () => {
    expect(await faultsOf(encoded('no-op', 'json', 'json'))).toEqual([
      expect.stringMatching(/^error definitions\.0\.output_encoding/),
    ])
    expect(await faultsOf(encoded('', 'json', 'no-op'))).toEqual([
      expect.stringMatching(/^warning/),
    ])
    expect(await one(encoded('', 'json', 'no-op'))).toMatchObject({
      backends: [{ encoding: 'json' }, { encoding: 'json' }],
    })
  })

  it('inherited as no-op do not stop a merge', async () => {
    expect(await one(encoded('', 'json', 'json'), 'output_encoding: no-op')).toMatchObject({
      output: 'json',
    })
  })
})

describe('shaping', () => {
  it('is compiled to split paths, with the mapping in file order', async () => {
    const route = await one(`
  - name: a
    endpoint: /a
    hosts: [{host: h}]
    backend:
      - url_pattern: /
        target: a.b
        whitelist: [c.d, e]
        blacklist: [f.g.h]
        mapping: {z: y, a.b: c, __proto__: p}
        group: g
        is_collection: true
        wrap_collection_to_json: true
        middleware:
          mw-proxy: {flatmap_filter: [{type: move, args: [a.*.b, c]}, {type: append, args: [a, b]}]}
          mw-http: {return_error_details: e1}`)
    expect(route.backends[0].shaping).toEqual({
      target: ['a', 'b'],
      whitelist: [['c', 'd'], ['e']],
      blacklist: [['f', 'g', 'h']],
      mapping: [
        [['z'], 'y'],
        [['a', 'b'], 'c'],
        [['__proto__'], 'p'],
      ],
      group: 'g',
      isCollection: true,
      wrapsCollection: true,
      flatmap: [
        { type: 'move', from: ['a', '*', 'b'], to: ['c'] },
        { type: 'append', from: ['a'], to: ['b'] },
      ],
    })
    expect(route.backends[0].errorDetails).toBe('e1')
  })
})

describe('faults of routes', () => {
  it.each([
    ['/__admin', /reserved/],
    ['/a/*bypass/b', /wildcard/],
    ['/a/{x}-{y}', /no valid parameter/],
    ['/a/{x}/{x}', /declared twice/],
    ['/a/../b', /match/],
  ])('%s is no endpoint', async (path, message) => {
    expect(await faultsOf(endpoint(path))).toEqual([
      expect.stringMatching(new RegExp(`^error definitions\\.0\\.endpoint: .*${message.source}`)),
    ])
  })

  it('a query of an endpoint is ignored, with a warning', async () => {
    expect(await faultsOf(endpoint('/a?b=c'))).toEqual([expect.stringMatching(/^warning/)])
    expect((await one(endpoint('/a?b=c'))).path).toBe('/a')
  })

  it('a dot segment of an upstream path is refused', async () => {
    const yaml = endpoint('/a/{x}').replace("'/'", "'/b/%2e%2E/{x}'")
    expect(await faultsOf(yaml)).toEqual([
      expect.stringMatching(/^error definitions\.0\.backend\.0\.url_pattern: .*dot segment/),
    ])
  })

  it('braces that are no parameter are sent, with a warning', async () => {
    const yaml = endpoint('/a').replace("'/'", `'/b?q={"c":1}'`)
    expect(await faultsOf(yaml)).toEqual([expect.stringMatching(/^warning .*Braces/)])
  })

  it.each([
    ['/a', '/a', 'declared twice'],
    ['/a/B', '/A/b', 'can not be told apart'],
    ['/a/{x}', '/a/{y}', 'can not be told apart'],
    ['/a/x-{x}.z', '/a/X-{y}.z', 'can not be told apart'],
    ['/%61', '/a', 'can not be told apart'],
    ['/a/*bypass', '/A/*bypass', 'can not be told apart'],
  ])('%s and %s exclude each other', async (first, again, message) => {
    const yaml = endpoint(first) + endpoint(again).replace('name: "', 'name: "2')
    const faults = await faultsOf(yaml)
    expect(faults).toEqual([expect.stringContaining(`error definitions.1.endpoint`)])
    expect(faults[0]).toContain(message)
  })

  it.each([
    ['/a', '/a/'],
    ['/a/{x}', '/a/b'],
    ['/a/{x}', '/a/{y}.json'],
    ['/a/{x}', '/a/*bypass'],
  ])('%s and %s live together', async (first, again) => {
    expect(await faultsOf(endpoint(first) + endpoint(again))).toEqual([])
  })

  it('the same path may have several methods', async () => {
    const post = endpoint('/a/{y}', 'method: POST').replace('name: "', 'name: "2')
    expect(await faultsOf(endpoint('/a/{x}') + post)).toEqual([])
  })

  it('a name in two files is pointed out', async () => {
    const file = (name: string, path: string) => ({
      name,
      text: `definitions:\n${endpoint(path).replace(/name: .*/, 'name: Same')}`,
    })
    const { document } = load({
      system: { name: 'gateway.yaml', text: 'version: 1\nname: n' },
      groups: [file('apis/a.yaml', '/a'), file('apis/b.yaml', '/b')],
    })
    if (document === undefined) throw new Error('not loaded')
    const { plan, faults } = await compile(document)
    expect(printFaults(faults)).toEqual([
      expect.stringMatching(/^warning definitions\.0\.name.*a\.yaml/),
    ])
    expect(plan?.routes).toHaveLength(2)
  })

  it('are all reported at once, each with its place', async () => {
    const faults = await faultsOf(endpoint('/__a') + endpoint('/b//c') + endpoint('/d/*bypass/e'))
    expect(faults.map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'error definitions.0.endpoint',
      'error definitions.1.endpoint',
      'error definitions.2.endpoint',
    ])
  })
})

describe('a plan', () => {
  it('is frozen all the way down', async () => {
    const plan = await planOf(endpoint('/a'))
    expect(Object.isFrozen(plan)).toBe(true)
    expect(Object.isFrozen(plan.routes[0]?.backends[0].shaping.mapping)).toBe(true)
    expect(Object.isFrozen(plan.site.upstreams)).toBe(true)
  })

  it('survives JSON, as it travels to the Worker', async () => {
    const plan = await planOf(endpoint('/a/{id}'))
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })

  it('is named by the hash of its document', async () => {
    const version = async (yaml: string, system = '') => (await planOf(yaml, system)).version
    const first = await version(endpoint('/a'))
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(await version(`# a comment\n${endpoint('/a')}`, 'timeout: 2s')).toBe(first)
    expect(await version(endpoint('/b'))).not.toBe(first)
    const mapped = (mapping: string) =>
      version(endpoint('/a').replace("'/'", `'/', mapping: {${mapping}}`))
    expect(await mapped('a: b, b: c')).not.toBe(await mapped('b: c, a: b'))
  })
})
