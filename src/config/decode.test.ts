import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { loadTexts } from './load.fixture.ts'
import { fill } from './references.ts'
import { decodeDefinition } from './schema/read-definition.ts'
import { decodeSystem } from './schema/read-system.ts'

const PLACE = { file: 'apis/a.yaml', path: ['definitions', 0] }

/** A text that YAML and every field of a name or key take. */
const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/)
const referenceTo = (name: string) =>
  fc.constantFrom(`\${${name}}`, `\${${name}:-1}`, `x\${${name}}y`)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const durationText = fc.constantFrom('0', 0, '0s', '2s', '1m30s', '250ms', '${T:-1s}')
const flag = fc.constantFrom(true, false, 'yes', 'off', '${F}')
const weight = fc.oneof(fc.nat(100), fc.constantFrom('3', '${W:-1}'))
const encoding = fc.constantFrom('json', 'JSON', 'string', 'no-op', '${E:-json}')
const hostText = fc.oneof(
  fc.constantFrom('a:80', 'https://b.example/base', '[::1]:8080', 'http://${H}:1'),
  word,
)
const hosts = fc.array(fc.record({ host: hostText, weight: maybe(weight) }), {
  minLength: 1,
  maxLength: 3,
})
const operation = fc.oneof(
  fc.record({ type: fc.constantFrom('move', 'append'), args: fc.tuple(word, word) }),
  fc.record({ type: fc.constant('del'), args: fc.array(word) }),
)

const backend = fc.record(
  {
    url_pattern: fc.constantFrom(
      '/x',
      'x',
      '/{{.Id}}',
      '/{id}/{{.Id}',
      '/{{.Resp0_a.b}}',
      '/${P}',
      '/{{.Zz}}',
      '',
    ),
    hosts,
    method: fc.constantFrom('get', 'POST', '${M}'),
    timeout: durationText,
    encoding,
    group: word,
    whitelist: fc.array(word),
    mapping: fc.dictionary(fc.oneof(word, fc.constant('__proto__')), word),
    is_collection: flag,
    lb_mode: fc.constantFrom('rr', 'WRR', 'least', '', '${L}'),
    middleware: maybe(
      fc.constantFrom<object>(
        { 'mw-http': { return_error_details: 'x' } },
        { 'mw-http': { return_error_details: '${X}' }, 'mw-cors': {} },
        { 'mw-httpcache': { enabled: false } },
      ),
    ),
  },
  { requiredKeys: ['hosts'] },
)

const definition = fc.record(
  {
    name: fc.oneof(word, referenceTo('N')),
    endpoint: fc.constantFrom(
      '/a/:id',
      'a/{id}',
      '/x-{id}.json',
      '/b/*bypass',
      '/${P}/:id',
      '/v/{id}:run',
    ),
    active: flag,
    hosts,
    method: fc.constantFrom('get', 'Post', 'HEAD', '${M:-GET}', ''),
    timeout: durationText,
    cache_ttl: durationText,
    output_encoding: encoding,
    except_headers: fc.array(word),
    max_body: fc.constantFrom('16MiB', 1024, '${B}'),
    middleware: fc.record(
      {
        'mw-proxy': fc.record(
          { sequential: flag, flatmap_filter: fc.array(operation) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
    backend: fc.array(backend, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['name', 'endpoint', 'backend'] },
)

const auth = fc.constantFrom<object>(
  { basic: { username: 'u', password: '${P}' } },
  { bearer: '${T}' },
  { bearer: { token: 't' } },
  { header: { name: 'X-Key', value: '${K:-v}' } },
)

const upstream = fc.record(
  {
    targets: fc.array(fc.record({ url: hostText, weight: maybe(weight), tier: maybe(weight) }), {
      minLength: 1,
    }),
    auth,
    ready: fc.record({
      path: fc.constant('/r'),
      timeout: maybe(durationText),
      codes: maybe(fc.constant([200, '204'])),
    }),
    headers: fc.dictionary(fc.constantFrom('X-A', 'x-b'), fc.constantFrom('1', '${V}')),
    pass_authorization: flag,
    binding: word,
    preserve_host: fc.constant(false),
  },
  { requiredKeys: ['targets'] },
)

const system = fc.record(
  {
    name: fc.oneof(word, referenceTo('N')),
    version: fc.constantFrom(1, '1', '${V:-1}'),
    timeout: durationText,
    debug: flag,
    output_encoding: encoding,
    upstreams: fc.dictionary(word, upstream, { maxKeys: 3 }),
    trusted_proxies: fc.array(fc.constantFrom('10.0.0.0/8', '::1', '${N}')),
    max_body: fc.constantFrom('16MiB', 1024, '${B}'),
    metrics: fc.record({ public: maybe(flag) }),
    log: fc.constantFrom({ format: 'cb-log' }, { format: 'OFF' }, {}),
    middleware: fc.constantFrom<object>(
      {},
      { 'mw-cors': { allow_origins: ['*'], max_age: '${A}', allow_credentials: 'yes' } },
      { 'mw-httpsecure': { sts_seconds: '5', frame_deny: true }, 'mw-auth': {} },
    ),
  },
  { requiredKeys: ['name'] },
)

describe('decoding a document yields the same document', () => {
  test('for definitions as YAML has them', () => {
    fc.assert(
      fc.property(definition, (given) => {
        const { document, diagnostics } = loadTexts('name: a', [
          stringify({ definitions: [given] }),
        ])
        expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
        const loaded = document?.groups[0]?.definitions[0]
        const stored: unknown = JSON.parse(JSON.stringify(loaded))
        expect(decodeDefinition(stored, PLACE)).toEqual({ ok: true, value: loaded })
      }),
      { numRuns: 300 },
    )
  })

  test('for system files', () => {
    fc.assert(
      fc.property(system, (given) => {
        const { document, diagnostics } = loadTexts(stringify(given))
        expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
        const stored: unknown = JSON.parse(JSON.stringify(document?.system))
        expect(decodeSystem(stored, 'gateway.yaml')).toEqual({ ok: true, value: document?.system })
      }),
      { numRuns: 300 },
    )
  })
})

describe('a filled document', () => {
  const load = (text: string) => loadTexts('name: a', [text]).document?.groups[0]?.definitions[0]

  test('is decoded in the types of its fields', () => {
    const open = load(`
definitions:
- name: \${N}
  endpoint: \${PREFIX}/:id
  active: \${ACTIVE}
  timeout: \${T}
  max_body: \${LIMIT}
  method: \${M}
  middleware: {mw-proxy: {sequential: "\${S}"}}
  backend:
  - hosts: [{host: "\${H}", weight: "\${W}"}]
    url_pattern: /x/{{.Id}}/{{.NsId}}
    encoding: \${E}
    is_collection: \${C:-yes}
`)
    const values: Readonly<Record<string, string>> = {
      N: 'n',
      PREFIX: '/ns/:nsId',
      ACTIVE: 'on',
      T: '0',
      LIMIT: '1MiB',
      M: 'post',
      S: 'true',
      H: 'a:1',
      W: '7',
      E: 'STRING',
    }
    const filled = fill(open, (name) => values[name])
    expect(filled.ok && decodeDefinition(filled.value, PLACE)).toMatchObject({
      ok: true,
      value: {
        name: 'n',
        endpoint: '/ns/{nsId}/{id}',
        active: true,
        timeout: '0s',
        max_body: 1_048_576,
        method: 'POST',
        middleware: { 'mw-proxy': { sequential: true } },
        backend: [
          {
            hosts: [{ host: 'a:1', weight: 7 }],
            url_pattern: '/x/{id}/{nsId}',
            encoding: 'string',
            is_collection: true,
          },
        ],
      },
    })
  })

  test('is checked again, and everything that is wrong is told', () => {
    const open = load(`
definitions:
- name: n
  endpoint: /a
  timeout: \${T}
  backend:
  - hosts: [{host: "\${H}", weight: "\${W}"}]
    url_pattern: /x
`)
    const filled = fill(open, () => 'no good')
    const decoded = filled.ok ? decodeDefinition(filled.value, PLACE) : filled
    expect(!decoded.ok && decoded.error).toMatchObject([
      { severity: 'error', place: { path: ['definitions', 0, 'timeout'] } },
      { severity: 'error', place: { path: ['definitions', 0, 'backend', 0, 'hosts', 0, 'host'] } },
      {
        severity: 'error',
        place: { path: ['definitions', 0, 'backend', 0, 'hosts', 0, 'weight'] },
      },
    ])
  })

  test('tells options of a policy that do not fit, and takes them while they hold a reference', () => {
    const { document } = loadTexts('{name: a, middleware: {mw-cors: {max_age: "${AGE}"}}}')
    expect(document?.system.middleware).toEqual({ 'mw-cors': { max_age: '${AGE}' } })
    const good = fill(document?.system, () => '12h')
    expect(good.ok && decodeSystem(good.value, 'gateway.yaml')).toMatchObject({
      ok: true,
      value: { middleware: { 'mw-cors': { max_age: '12h' } } },
    })
    const bad = fill(document?.system, () => 'soon')
    expect(bad.ok && decodeSystem(bad.value, 'gateway.yaml')).toMatchObject({
      ok: false,
      error: [{ place: { file: 'gateway.yaml', path: ['middleware', 'mw-cors', 'max_age'] } }],
    })
  })

  test('a secret with a line break is refused without being shown', () => {
    const { document } = loadTexts(
      'name: a\nupstreams: {u: {targets: [{url: b}], auth: {bearer: "${T}"}}}',
    )
    const filled = fill(document?.system, () => 'hunter2\r\nX-Evil: 1')
    const decoded = filled.ok ? decodeSystem(filled.value, 'gateway.yaml') : filled
    expect(decoded.ok).toBe(false)
    expect(JSON.stringify(decoded)).not.toContain('hunter2')
  })
})

test.each([
  null,
  undefined,
  1,
  'text',
  [],
  {},
  { backend: 5 },
  { name: {}, endpoint: [], backend: [[]] },
])('data of any shape is refused without an exception: %j', (data) => {
  expect(decodeDefinition(data, PLACE).ok).toBe(false)
  expect(decodeSystem(data, 'gateway.yaml').ok).toBe(false)
})

test('no plain data makes decoding throw', () => {
  const data = fc.object({ withNullPrototype: true, withBigInt: true, withDate: true })
  const shaped = fc.record({
    name: data,
    endpoint: data,
    hosts: data,
    backend: fc.array(data),
    middleware: data,
    upstreams: data,
  })
  fc.assert(
    fc.property(fc.oneof(data, shaped), (value) => {
      decodeDefinition(value, PLACE)
      decodeSystem(value, 'gateway.yaml')
    }),
  )
})
