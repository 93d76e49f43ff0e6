import { describe, expect, it } from 'vitest'
import { activate } from './activate.ts'
import type { Plan } from './types.ts'
import { compileYaml, planOf, printFaults } from './yaml.fixture.ts'

const lookup = (values: Record<string, string>) => (name: string) =>
  Object.hasOwn(values, name) ? values[name] : undefined

const activated = (plan: Plan, values: Record<string, string> = {}): Plan => {
  const result = activate(plan, lookup(values))
  if (!result.ok) throw new Error(printFaults(result.error).join('\n'))
  return result.value
}

const faultsOf = (plan: Plan, values: Record<string, string> = {}) => {
  const result = activate(plan, lookup(values))
  return result.ok ? [] : printFaults(result.error)
}

const endpoint = (path: string, more = '') => `
  - {name: ${JSON.stringify(path)}, endpoint: ${JSON.stringify(path)}, ${more} hosts: [{host: up}], backend: [{url_pattern: /}]}
`
const SECRET_UPSTREAM = `upstreams:
  up:
    targets: [{url: '\${UP_URL:-http://up:1}'}]
    auth: {basic: {username: admin, password: '\${PASSWORD}'}}`

describe('a plan with references', () => {
  it('keeps them as references', async () => {
    const plan = await planOf(endpoint('/a'), SECRET_UPSTREAM)
    expect(JSON.stringify(plan)).toContain('${PASSWORD}')
    expect(plan.site.upstreams['up']).toMatchObject({ targets: [], headers: {} })
    expect(plan.unfilled).toMatchObject({ site: true })
  })

  it('lets only those definitions wait that depend on one', async () => {
    const yaml =
      endpoint('/a') + endpoint('/b', "timeout: '${T}',") + endpoint('/c', 'timeout: 1s,')
    const waiting = async (system: string) =>
      (await planOf(yaml, system)).unfilled?.definitions.map(({ definition }) => definition.name)
    expect(await waiting(SECRET_UPSTREAM)).toEqual(['/b'])
    expect(await waiting("middleware: {mw-cors: {allow_origins: ['${O:-*}']}}")).toEqual(['/b'])
    expect(await waiting("timeout: '${T}'")).toEqual(['/a', '/b'])
    expect(await waiting("max_request_body: '${T}'")).toEqual(['/a', '/b', '/c'])
  })

  it('is checked as far as it is known', async () => {
    const yaml =
      endpoint('/__a', "timeout: '${T}',") + endpoint('/b') + endpoint('/b', "timeout: '${T}',")
    const { faults } = await compileYaml(yaml.replace('"/b"', '"b2"'))
    expect(printFaults(faults)).toEqual([
      expect.stringMatching(/^error definitions\.0\.endpoint: .*reserved/),
      expect.stringMatching(/^error definitions\.2\.endpoint: .*declared twice/),
    ])
  })

  it('may have an escaped ${ that is no reference', async () => {
    const plan = await planOf(
      endpoint('/a').replace('url_pattern: /', () => "url_pattern: '/x$${y'"),
    )
    expect(activated(plan).routes[0]?.backends[0].path).toEqual(['/x$%7By'])
  })
})

describe('activation', () => {
  it('fills, checks and compiles what waited, in the order of the files', async () => {
    const plan = await planOf(
      endpoint('/a', "timeout: '${T:-5s}',") + endpoint('/b') + endpoint('/c', "active: '${ON}',"),
      SECRET_UPSTREAM,
    )
    const full = activated(plan, { PASSWORD: 'geheim', ON: 'true' })
    expect(full.unfilled).toBeUndefined()
    expect(full.version).toBe(plan.version)
    expect(Object.isFrozen(full.routes)).toBe(true)
    expect(full.routes.map(({ path, timeoutMs }) => [path, timeoutMs])).toEqual([
      ['/a', 5000],
      ['/b', 2000],
      ['/c', 2000],
    ])
    expect(full.site.upstreams['up']).toMatchObject({
      targets: [{ origin: 'http://up:1', basePath: '' }],
      headers: { authorization: `Basic ${btoa('admin:geheim')}` },
    })
    expect(activated(plan, { PASSWORD: 'geheim', ON: 'no' }).routes).toHaveLength(2)
  })

  it('gives back a plan without references as it is', async () => {
    const plan = await planOf(endpoint('/a'))
    expect(activated(plan)).toBe(plan)
  })

  it('gives the same for a plan that travelled as JSON', async () => {
    const plan = await planOf(endpoint('/a', "timeout: '${T:-5s}',"), SECRET_UPSTREAM)
    const copy = JSON.parse(JSON.stringify(plan)) as Plan
    const values = { PASSWORD: 'x' }
    expect(activated(copy, values)).toEqual(activated(plan, values))
  })

  it('names every reference without a value once, with its place', async () => {
    const plan = await planOf(
      endpoint('/a', "timeout: '${T}', cache_ttl: '${T}',") +
        endpoint('/b', "active: '${constructor}',"),
      SECRET_UPSTREAM,
    )
    expect(faultsOf(plan)).toEqual([
      'error upstreams.up.auth.basic.password: ${PASSWORD} has no value.',
      'error definitions.0.timeout: ${T} has no value.',
      'error definitions.1.active: ${constructor} has no value.',
    ])
  })

  it.each([
    ["timeout: '${SECRET}',", 'hunter2', 'timeout'],
    ["output_encoding: '${SECRET}',", 'hunter2', 'output_encoding'],
    ["active: '${SECRET}',", 'hunter2', 'active'],
    ["max_body: '${SECRET}',", 'hunter2', 'max_body'],
    ["timeout: '${SECRET}',", '${hunter2}', 'timeout'],
    ["output_encoding: '${SECRET}',", '${hunter2}', 'output_encoding'],
    ["active: '${SECRET}',", '${hunter2}', 'active'],
  ])('checks a filled %s and never repeats the value %s', async (more, value, key) => {
    const faults = faultsOf(await planOf(endpoint('/a', more)), { SECRET: value })
    expect(faults).toEqual([
      `error definitions.0.${key}: The value of \${SECRET} does not fit here.`,
    ])
  })

  it('never repeats a value in a fault about something else', async () => {
    const plan = await planOf(
      endpoint('/hunter2').replace('"/hunter2"', 'first') +
        endpoint('/${SECRET}').replace('"/', '"'),
    )
    const faults = faultsOf(plan, { SECRET: 'Hunter2' })
    expect(faults).toHaveLength(1)
    expect(faults.join()).not.toMatch(/hunter2/i)
  })

  it('refuses a host, a header and a path that do not fit', async () => {
    const value = 'http://user:hunter2@h'
    const plan = await planOf(
      endpoint('/a').replace('host: up', () => "host: '${SECRET}'") +
        endpoint('/b').replace('url_pattern: /', () => "url_pattern: '/{${SECRET}'"),
      "upstreams: {up: {targets: [{url: '${SECRET}'}]}}",
    )
    const faults = faultsOf(plan, { SECRET: value })
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.join()).not.toContain('hunter2')
    const bearer = await planOf(
      endpoint('/a'),
      "upstreams: {up: {targets: [{url: u}], auth: {bearer: '${SECRET}'}}}",
    )
    for (const token of ['a\nX-Evil: 1', '${a}\n', '한']) {
      expect(faultsOf(bearer, { SECRET: token })).toHaveLength(1)
    }
  })

  it('finds conflicts that only the values bring', async () => {
    const plan = await planOf(endpoint('/a') + endpoint('/${P}'))
    expect(faultsOf(plan, { P: 'b' })).toEqual([])
    expect(faultsOf(plan, { P: 'a' })).toEqual([
      expect.stringMatching(/^error definitions\.1\.endpoint/),
    ])
    expect(faultsOf(plan, { P: '__admin' })).toHaveLength(1)
  })
})

describe('what logs show of an activated plan', () => {
  const system = "upstreams: {up: {targets: [{url: 'http://${HOST}:1/b'}, {url: '${OTHER:-x}'}]}}"

  it('is the reference instead of the value, for addresses, labels and names', async () => {
    const definition = `
  - name: n-\${HOST}
    endpoint: /a/\${HOST}
    hosts: [{host: up}, {host: 'http://\${HOST}:2'}]
    backend:
      - {url_pattern: '/x?key=\${HOST}'}
      - {url_pattern: /y, hosts: [{host: 'http://\${HOST}:2'}, {host: '\${OTHER:-z}'}]}`
    const { site, routes } = activated(await planOf(definition, system), { HOST: 'hunter2' })
    const [route] = routes
    expect(route).toMatchObject({
      name: 'n-${HOST}',
      path: '/a/hunter2',
      shownPath: '/a/${HOST}',
      backends: [
        { name: 'up', path: ['/x?key=hunter2'], shownPath: ['/x?key=***'] },
        {
          name: 'HOST',
          hosts: [
            { target: { origin: 'http://hunter2:2', shown: 'http://${HOST}:2' } },
            { target: { origin: 'http://z' } },
          ],
        },
      ],
    })
    expect(site.upstreams['up']?.targets).toEqual([
      {
        origin: 'http://hunter2:1',
        basePath: '/b',
        weight: 1,
        tier: 0,
        shown: 'http://${HOST}:1/b',
      },
      { origin: 'http://x', basePath: '', weight: 1, tier: 0 },
    ])
  })
})
