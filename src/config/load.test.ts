import { describe, expect, test } from 'vitest'
import { loadTexts } from './load.fixture.ts'
import { printDiagnostic } from './diagnostics.ts'

const API = `
definitions:
- name: users
  endpoint: /users/:id
  backend:
  - hosts: [{host: a}]
    url_pattern: /v1/users/{{.Id}}
`

test('a small configuration becomes a document with every default', () => {
  const { document, diagnostics } = loadTexts('name: test', [API])
  expect(diagnostics).toEqual([])
  expect(document).toEqual({
    system: {
      file: 'gateway.yaml',
      version: 1,
      name: 'test',
      timeout: '2s',
      cache_ttl: '1h',
      output_encoding: 'json',
      debug: false,
      middleware: {},
      upstreams: {},
      trusted_proxies: [],
      max_body: 16_777_216,
      max_request_body: 1_048_576,
      metrics: { public: false },
      log: { format: 'json' },
      snapshots: { retain: 1000, check: '5s' },
      admin: {
        enabled: true,
        hosts: [],
        addresses: [],
        origins: [],
        credentials: { basic: { users: {} } },
      },
    },
    groups: [
      {
        file: 'apis/a.yaml',
        definitions: [
          {
            name: 'users',
            active: true,
            endpoint: '/users/{id}',
            method: 'GET',
            hosts: [],
            except_querystrings: [],
            except_headers: [],
            middleware: {},
            backend: [
              {
                url_pattern: '/v1/users/{id}',
                hosts: [{ host: 'a', weight: 0 }],
                encoding: 'json',
                group: '',
                whitelist: [],
                blacklist: [],
                mapping: {},
                target: '',
                is_collection: false,
                wrap_collection_to_json: false,
                disable_host_sanitize: false,
                lb_mode: '',
                middleware: {},
              },
            ],
          },
        ],
      },
    ],
  })
})

test('keys of the system file match without regard to case, and scalars are weakly typed', () => {
  const { document, diagnostics } = loadTexts(`
Version: "1"
NAME: 007
TimeOut: 1m
Debug: yes
OutputEncoding: String
Metrics: {Public: "on"}
Middleware: {MW-CORS: {Allow_Origins: [https://a.example], Allow_Credentials: 1}}
Upstreams:
  Spider:
    Targets: [{URL: spider, Weight: "3"}]
`)
  expect(diagnostics).toEqual([])
  expect(document?.system).toMatchObject({
    version: 1,
    name: '007',
    timeout: '1m',
    debug: true,
    output_encoding: 'string',
    metrics: { public: true },
    middleware: { 'mw-cors': { allow_origins: ['https://a.example'], allow_credentials: true } },
    upstreams: { Spider: { targets: [{ url: 'spider', weight: 3, tier: 0 }] } },
  })
})

test('keys of API files match exactly, but for the spelling of the Admin API', () => {
  const { document, diagnostics } = loadTexts('name: test', [
    `
definitions:
- name: users
  endpoint: /users
  Method: POST
  backend:
  - hosts: [{Host: a, Weight: 2}]
`,
  ])
  expect(diagnostics.map(printDiagnostic)).toEqual([
    'apis/a.yaml:5:3: warning: Unknown key "Method"; it is ignored. (Did you mean "method"?)',
  ])
  expect(document?.groups[0]?.definitions[0]).toMatchObject({
    method: 'GET',
    backend: [{ hosts: [{ host: 'a', weight: 2 }] }],
  })
})

test('texts keep their text: numbers with a trailing zero, octals, words that look like booleans', () => {
  const { document } = loadTexts('name: test', [
    `
definitions:
- name: 1.10
  endpoint: /a
  active: on
  backend:
  - {hosts: [{host: a}], group: 0755, target: yes, whitelist: [1.0, true, null_], mapping: {1.50: no}, is_collection: Yes}
`,
  ])
  expect(document?.groups[0]?.definitions[0]).toMatchObject({
    name: '1.10',
    active: true,
    backend: [
      {
        group: '0755',
        target: 'yes',
        whitelist: ['1.0', 'true', 'null_'],
        mapping: { '1.50': 'no' },
        is_collection: true,
      },
    ],
  })
})

test('null and an empty text count as absent, as in the original', () => {
  const { document, diagnostics } = loadTexts(
    '{name: test, timeout: , upstreams: , middleware: }',
    [
      `
definitions:
- name: a
  endpoint: /a
  method: ""
  timeout: ""
  output_encoding: ""
  hosts: [{host: a}]
  middleware:
    mw-proxy:
  backend:
  - {hosts: , encoding: "", lb_mode: "", url_pattern: "", group: ~}
`,
    ],
  )
  expect(diagnostics).toEqual([])
  const [definition] = document?.groups[0]?.definitions ?? []
  expect(definition).toMatchObject({ method: 'GET', middleware: {} })
  expect(Object.keys(definition ?? {})).not.toContain('timeout')
  expect(definition?.backend[0]).toMatchObject({ encoding: 'json', url_pattern: '/' })
  expect(definition?.backend[0]?.hosts).toBeUndefined()
})

test('anchors, aliases and merge keys are resolved, and faults are found where they are written', () => {
  const { document, diagnostics } = loadTexts('name: test', [
    `
x-defaults: &defaults
  hosts: [{host: a}]
  encoding: jso
definitions:
- {name: a, endpoint: /a, backend: [{<<: *defaults, group: g}]}
- {name: b, endpoint: /b, backend: [{<<: [*defaults], encoding: string}]}
`,
  ])
  expect(diagnostics.map(printDiagnostic)).toEqual([
    'apis/a.yaml:4:13: error: "jso" is no known encoding. (Write json, string or no-op.)',
  ])
  expect(document).toBeUndefined()
})

test('durations are Go durations: 0 is 0s, and what has a unit stays as it is written', () => {
  const { document } = loadTexts('{name: test, timeout: 0, cache_ttl: 1h30m}', [
    '{definitions: [{name: a, endpoint: /a, timeout: 0m, backend: [{timeout: 0, hosts: [{host: a}]}]}]}',
  ])
  expect(document?.system).toMatchObject({ timeout: '0s', cache_ttl: '1h30m' })
  const definition = document?.groups[0]?.definitions[0]
  expect([definition?.timeout, definition?.backend[0]?.timeout]).toEqual(['0s', '0s'])
})

test('references stay, in structural scalars too, and are listed with their positions', () => {
  const { document, diagnostics, references, locate } = loadTexts(
    `
name: \${SITE:-test}
timeout: \${TIMEOUT:-5s}
debug: \${DEBUG}
max_body: \${LIMIT:-1MiB}
trusted_proxies:
  - \${PROXIES}
admin: {credentials: {secret: "\${IGNORED}"}}
upstreams:
  spider:
    targets: [{url: "http://\${HOST}:1024", weight: "\${WEIGHT:-1}"}]
    auth:
      bearer: \${TOKEN}
  tumblebug:
    targets: [{url: tumblebug}]
    auth:
      basic: {username: me, password: "\${PASSWORD}"}
`,
    [
      `
definitions:
- name: \${NAME}
  endpoint: /\${PREFIX}/:id
  method: \${METHOD}
  active: \${ACTIVE}
  backend:
  - hosts: [{host: "\${HOST}"}]
    url_pattern: /\${BASE}/{{.Id}}
    encoding: \${ENCODING}
    is_collection: \${LIST}
    lb_mode: \${MODE}
`,
    ],
  )
  expect(diagnostics.filter(({ severity }) => severity !== 'notice')).toEqual([])
  expect(document?.groups[0]?.definitions[0]).toMatchObject({
    endpoint: '/${PREFIX}/{id}',
    active: '${ACTIVE}',
    backend: [{ url_pattern: '/${BASE}/{id}', lb_mode: '${MODE}' }],
  })
  const listed = references.map(({ name, hasDefault, place }) => {
    const { line, column } = locate(place)
    return `${place.file}:${line}:${column} ${name}${hasDefault ? ' (default)' : ''}`
  })
  expect(listed).toEqual([
    'gateway.yaml:2:7 SITE (default)',
    'gateway.yaml:3:10 TIMEOUT (default)',
    'gateway.yaml:4:8 DEBUG',
    'gateway.yaml:5:11 LIMIT (default)',
    'gateway.yaml:7:5 PROXIES',
    'gateway.yaml:11:21 HOST',
    'gateway.yaml:11:52 WEIGHT (default)',
    'gateway.yaml:13:15 TOKEN',
    'gateway.yaml:17:39 PASSWORD',
    'apis/a.yaml:3:9 NAME',
    'apis/a.yaml:4:13 PREFIX',
    'apis/a.yaml:5:11 METHOD',
    'apis/a.yaml:6:11 ACTIVE',
    'apis/a.yaml:8:20 HOST',
    'apis/a.yaml:9:18 BASE',
    'apis/a.yaml:10:15 ENCODING',
    'apis/a.yaml:11:20 LIST',
    'apis/a.yaml:12:14 MODE',
  ])
})

test('groups come in the order of their file names; empty ones are left out', () => {
  const group = (name: string) =>
    `{definitions: [{name: ${name}, endpoint: /${name}, backend: [{hosts: [{host: a}]}]}]}`
  const { document, diagnostics } = loadTexts('name: test', [
    group('a'),
    '',
    'definitions: []',
    group('d'),
  ])
  expect(document?.groups.map(({ file }) => file)).toEqual(['apis/a.yaml', 'apis/d.yaml'])
  expect(diagnostics.map(printDiagnostic)).toEqual([
    'apis/b.yaml:1:1: notice: The API file is empty.',
    'apis/c.yaml:1:1: notice: The API file defines no endpoints.',
  ])
})

test('the faults of all files are told at once, the system file first, then by file, line and column', () => {
  const { document, diagnostics } = loadTexts('name: [\n', [
    'definitions:\n- endpoint: /a\n  name: a\n  timeout: 5\n  backend: [{method: "G T"}]\n',
    'definitions: [',
    '- name: a',
  ])
  expect(document).toBeUndefined()
  expect(diagnostics.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual([
    'gateway.yaml:2:1',
    'apis/a.yaml:4:12',
    'apis/a.yaml:5:13',
    'apis/a.yaml:5:22',
    'apis/b.yaml:1:15',
    'apis/c.yaml:1:1',
  ])
})

test('a place that is in no file is the beginning', () => {
  const { locate } = loadTexts('name: test')
  expect(locate({ file: 'apis/none.yaml', path: ['definitions', 0] })).toEqual({
    line: 1,
    column: 1,
  })
  expect(locate({ file: 'gateway.yaml', path: ['nothing', 3, 'here'] })).toEqual({
    line: 1,
    column: 1,
  })
})

test('1,000 endpoints load in well under a second', () => {
  const one = (index: number) => `
- name: 'GET /ns/:nsId/r${index}/:id'
  endpoint: /ns/:nsId/r${index}/:id
  backend:
  - hosts:
    - host: http://cb-tumblebug:1323
    url_pattern: /tumblebug/ns/{{.NsId}}/r${index}/{{.Id}}
    middleware:
      mw-http:
        return_error_details: r${index}`
  const text = `definitions:${Array.from({ length: 1000 }, (_, index) => one(index)).join('')}\n`
  const times = [1, 2, 3, 4, 5].map(() => {
    const start = performance.now()
    expect(loadTexts('name: test', [text]).document?.groups[0]?.definitions).toHaveLength(1000)
    return performance.now() - start
  })
  expect(Math.min(...times)).toBeLessThan(1000)
})

describe('users in the system file', () => {
  const HASH = `$scrypt$ln=14,r=8,p=5$${'A'.repeat(22)}$${'B'.repeat(43)}`
  const system = (users: string) => `name: test\nadmin: {credentials: {basic: {users: ${users}}}}`
  const usersOf = (users: string) => {
    const { document, diagnostics } = loadTexts(system(users), [])
    const { credentials } = document?.system.admin ?? {}
    return { users: credentials?.basic.users, diagnostics }
  }

  test('are kept with a hash or a reference', () => {
    expect(usersOf(`{alice: "${HASH}", bob: "\${BOB}"}`)).toEqual({
      users: { alice: HASH, bob: '${BOB}' },
      diagnostics: [],
    })
  })

  test('load with a plaintext password and a warning, and the password gets no further', () => {
    const { users, diagnostics } = usersOf('{admin: "test@admin00", eve: ""}')
    expect(users).toEqual({})
    expect(diagnostics.map(printDiagnostic)).toEqual([
      'gateway.yaml:2:39: warning: This password is no hash; the user cannot log in. (Make one with "cb-bridge password", or make the user with the Admin API.)',
      'gateway.yaml:2:62: warning: This password is no hash; the user cannot log in. (Make one with "cb-bridge password", or make the user with the Admin API.)',
    ])
  })
})
