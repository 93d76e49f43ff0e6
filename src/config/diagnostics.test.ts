import { describe, expect, test } from 'vitest'
import { diagnoseApis, diagnoseSystem } from './load.fixture.ts'

/** Bad text -> everything that is said about it. */
type Case = readonly [text: string, ...diagnostics: string[]]

const SECRET =
  'warning: A secret stands in the file. (Write it as a reference, e.g. "${NAME}", and set NAME where the gateway runs.)'
const HOST = 'error: This is no host. (Write [http(s)://]name[:port][/base].)'

describe('the system file', () => {
  test.each<Case>([
    ['', 'gateway.yaml:1:1: error: "name" is missing.'],
    ['# nothing\n', 'gateway.yaml:1:1: error: "name" is missing.'],
    [
      'text',
      'gateway.yaml:1:1: error: The system file must be a map. (Begin with "version: 1" and "name: ...".)',
    ],
    ['version: 1', 'gateway.yaml:1:1: error: "name" is missing.'],
    ['name: ""', 'gateway.yaml:1:7: error: The text is empty.'],
    [
      'name:\n  a: b',
      'gateway.yaml:1:1: error: "name" must be a text. (Put a text that holds braces in quotes.)',
    ],
    ['name: a\nversion: 2', 'gateway.yaml:2:10: error: Only version 1 of the format is known.'],
    ['name: a\nversion: one', 'gateway.yaml:2:10: error: "version" must be a number.'],
    [
      'name: a\ntimeout: 2',
      'gateway.yaml:2:10: error: "2" is no duration. (A number needs a unit: write "2s".)',
    ],
    [
      'name: a\nTIMEOUT: "30"',
      'gateway.yaml:2:10: error: "30" is no duration. (A number needs a unit: write "30s".)',
    ],
    [
      'name: a\ntimeout: -1s',
      'gateway.yaml:2:10: error: "-1s" is no duration. (A duration cannot be negative.)',
    ],
    [
      'name: a\ncache_ttl: soon',
      'gateway.yaml:2:12: error: "soon" is no duration. (Write it like "2s", "250ms" or "1h30m".)',
    ],
    ['name: a\ntimeout: [1s]', 'gateway.yaml:2:1: error: "timeout" must be a text.'],
    [
      'name: a\noutput_encoding: xml',
      'gateway.yaml:2:18: error: "xml" is no known encoding. (Write json, string or no-op.)',
    ],
    ['name: a\ndebug: maybe', 'gateway.yaml:2:8: error: "debug" must be true or false.'],
    [
      'name: a\nmax_body: 16M',
      'gateway.yaml:2:11: error: "16M" is no size. (Write it like "16MiB", "500KB" or "1048576".)',
    ],
    [
      'name: a\ntrusted_proxies: [10.0.0.0/8, "fd00::/8", 1.2.3.4, 10.0.0.0/33, proxy, 1]',
      'gateway.yaml:2:52: error: This is no network. (Write it like "10.0.0.0/8" or "fd00::/8".)',
      'gateway.yaml:2:65: error: This is no network. (Write it like "10.0.0.0/8" or "fd00::/8".)',
      'gateway.yaml:2:72: error: This is no network. (Write it like "10.0.0.0/8" or "fd00::/8".)',
    ],
    [
      'name: a\nlog: {format: xml}',
      'gateway.yaml:2:15: error: "xml" is no known log format. (Write json, cb-log or off.)',
    ],
    [
      'name: a\nmetrics: {public: perhaps}',
      'gateway.yaml:2:19: error: "public" must be true or false.',
    ],
    [
      'name: a\ntimeot: 1s',
      'gateway.yaml:2:1: warning: Unknown key "timeot"; it is ignored. (Did you mean "timeout"?)',
    ],
    [
      'name: a\nlog: {zzz: 1}',
      'gateway.yaml:2:7: warning: Unknown key "zzz"; it is ignored. (Known here: format.)',
    ],
    [
      'name: a\nendpoints: []',
      'gateway.yaml:2:1: warning: Unknown key "endpoints"; it is ignored. (This is the old format: endpoints belong into files under "apis", as "definitions".)',
    ],
    [
      'name: a\nname: b',
      'gateway.yaml:2:1: warning: The key occurs twice in the same map. (Keep one of them.)',
    ],
    [
      'name: a\nName: b',
      'gateway.yaml:2:1: warning: "Name" is another spelling of "name", which is given already. (Keep one of them; the last one counts.)',
    ],
    [
      'name: a\nPort: 8000',
      'gateway.yaml:2:1: notice: "port" has no effect here. (The port is chosen where the gateway is started: --port.)',
    ],
    [
      'name: ${1A}',
      'gateway.yaml:1:7: error: This is no reference. (Write ${NAME} or ${NAME:-default}, or $${ for a literal ${.)',
    ],
  ])('%j', (text, ...diagnostics) => {
    expect(diagnoseSystem(text)).toEqual(diagnostics)
  })
})

describe('middleware of the system file', () => {
  test.each<Case>([
    ['mw-cors: {max_age: 12h}'],
    ['mw-cors:'],
    [
      'mw-cors: {}',
      'gateway.yaml:3:3: notice: An empty block counts as absent. (Give it at least one key to switch it on.)',
    ],
    ['mw-cors: yes', 'gateway.yaml:3:3: error: "mw-cors" must be a map.'],
    [
      'mw-cors: {max_age: 12}',
      'gateway.yaml:3:22: error: "max_age" must be a duration such as 2s or 12h.',
    ],
    [
      'mw-cors: {allow_origins: {a: b}}',
      'gateway.yaml:3:13: error: "allow_origins" must be a list.',
    ],
    ['mw-cors: {allow_credentials: "${X}", max_age: "${Y}"}'],
    [
      'mw-cors: {allow_origin: ["*"]}',
      'gateway.yaml:3:13: warning: Unknown key "allow_origin"; it is ignored. (Did you mean "allow_origins"?)',
    ],
    [
      'mw-cor: {max_age: 12h}',
      'gateway.yaml:3:3: warning: "mw-cor" is not known; it is ignored. (Did you mean "mw-cors"?)',
    ],
    [
      'mw-proxy: {sequential: true}',
      'gateway.yaml:3:3: warning: "mw-proxy" has no effect in the system file; it is ignored. (It belongs at an endpoint.)',
    ],
    [
      'mw-metrics: {collection_period: 10s, influxdb: {address: x}}',
      'gateway.yaml:3:3: notice: "mw-metrics" has no effect here. (Metrics are served at /__metrics; no database is written to.)',
    ],
    [
      'mw-opencensus: {sample_rate: "100", reporting_period: 1}',
      'gateway.yaml:3:3: notice: "mw-opencensus" has no effect here. (Trace context is always propagated; spans are not exported.)',
      'gateway.yaml:3:57: error: "1" is no duration. (A number needs a unit: write "1s".)',
    ],
    [
      'mw-httpcache: {enabled: false}',
      'gateway.yaml:3:3: notice: "mw-httpcache" has no effect in the system file. (Remove it, or move it to where it belongs.)',
    ],
    [
      'mw-auth: {secure_key: x}',
      'gateway.yaml:3:3: warning: "mw-auth" has no effect in the system file; it is ignored. (It belongs at an endpoint.)',
    ],
  ])('%j', (text, ...diagnostics) => {
    expect(diagnoseSystem(`name: a\nmiddleware:\n  ${text}`)).toEqual(diagnostics)
  })
})

describe('an upstream', () => {
  test.each<Case>([
    ['{targets: [{url: a}]}'],
    ['{}', 'gateway.yaml:3:3: error: "targets" is missing.'],
    ['{targets: []}', 'gateway.yaml:3:7: error: "targets" must not be empty.'],
    ['{targets: [{weight: 1}]}', 'gateway.yaml:3:17: error: "url" is missing.'],
    ['{targets: [{url: "a b"}]}', `gateway.yaml:3:23: ${HOST}`],
    [
      '{targets: [{url: "http://u:hunter2@a"}]}',
      'gateway.yaml:3:23: error: A host holds no credentials. (Put them under "auth" of an upstream, as "${NAME}" references.)',
    ],
    ['{targets: [{url: a, weight: -1}]}', 'gateway.yaml:3:34: error: "weight" must be at least 0.'],
    [
      '{targets: [{url: a, tier: 1.5}]}',
      'gateway.yaml:3:32: error: "tier" must be a whole number.',
    ],
    [
      '{targets: [{url: a}], ready: {path: readyz, codes: [99], timeout: 2}}',
      'gateway.yaml:3:42: error: This is no path. (Write it like "/readyz", percent-encoded.)',
      'gateway.yaml:3:58: error: Entry 1 of "codes" must be at least 100.',
      'gateway.yaml:3:72: error: "2" is no duration. (A number needs a unit: write "2s".)',
    ],
    [
      '{targets: [{url: a}], auth: {}}',
      'gateway.yaml:3:28: error: Exactly one of basic, bearer and header is needed.',
    ],
    [
      '{targets: [{url: a}], auth: {bearer: "${T}", basic: {username: "a:b", password: "${P}"}}}',
      'gateway.yaml:3:69: error: A user name of Basic authentication holds no colon.',
    ],
    [
      '{targets: [{url: a}], auth: {basic: {username: a}}}',
      'gateway.yaml:3:35: error: "password" is missing.',
    ],
    ['{targets: [{url: a}], auth: {bearer: hunter2}}', `gateway.yaml:3:43: ${SECRET}`],
    ['{targets: [{url: a}], auth: {bearer: {token: hunter2}}}', `gateway.yaml:3:51: ${SECRET}`],
    [
      '{targets: [{url: a}], auth: {header: {name: X-Key, value: hunter2}}}',
      `gateway.yaml:3:64: ${SECRET}`,
    ],
    [
      '{targets: [{url: a}], auth: {hunter2: x}}',
      'gateway.yaml:3:28: error: Exactly one of basic, bearer and header is needed.',
      'gateway.yaml:3:35: warning: Unknown key; it is ignored. (Known here: basic, bearer, header.)',
    ],
    [
      '{targets: [{url: a}], auth: {bearer: "hunter2\\r\\nX-Evil: 1"}}',
      `gateway.yaml:3:43: ${SECRET}`,
      'gateway.yaml:3:43: error: A header value holds no line breaks and no control characters.',
    ],
    [
      '{targets: [{url: a}], headers: {Host: a, Connection: b, "X Y": c, X-A: "a\\nb", X-B: 가, Authorization: hunter2}}',
      'gateway.yaml:3:38: error: The header "Host" cannot be set. (It belongs to the connection, which the platform manages.)',
      'gateway.yaml:3:47: error: The header "Connection" cannot be set. (It belongs to the connection, which the platform manages.)',
      'gateway.yaml:3:62: error: This is no header name. (Letters, digits and "-" are usual.)',
      'gateway.yaml:3:77: error: A header value holds no line breaks and no control characters.',
      'gateway.yaml:3:90: error: A header value holds only Latin-1 characters. (Encode it first.)',
      `gateway.yaml:3:108: ${SECRET}`,
    ],
    [
      '{targets: [{url: a}], preserve_host: yes}',
      'gateway.yaml:3:43: error: "preserve_host" needs a "binding": the platform\'s fetch always sends the target\'s own host. (Name a binding that keeps the host, or remove "preserve_host".)',
    ],
    ['{targets: [{url: a}], preserve_host: yes, binding: SPIDER}'],
  ])('%j', (text, ...diagnostics) => {
    expect(diagnoseSystem(`name: a\nupstreams:\n  u: ${text}`)).toEqual(diagnostics)
  })

  test.each(['a b', '-a', 'a/b', '__proto__', ''])('the name %j is refused', (name) => {
    expect(
      diagnoseSystem(`name: a\nupstreams:\n  ${JSON.stringify(name)}: {targets: [{url: a}]}`),
    ).toEqual([
      'gateway.yaml:3:3: error: This is no name of an upstream. (Use letters, digits, ".", "_" and "-".)',
    ])
  })

  test('a reference inside braces needs quotes, and the hint says so once', () => {
    expect(
      diagnoseSystem(
        'name: a\nupstreams:\n  u:\n    auth: {bearer: ${TOKEN}}\n    targets: [{url: a}]\n',
      ),
    ).toEqual([
      'gateway.yaml:4:21: error: The text does not fit the structure here. (Inside braces or brackets a reference needs quotes: "${NAME}".)',
    ])
  })
})

describe('repository', () => {
  const NOTICE =
    'gateway.yaml:2:1: notice: "repository" has no effect here. (API files are those in "apis" beside this file.)'
  const isOtherDirectory = (path: string) => path === './conf' || path === '/etc/conf'

  test.each([
    [
      'file://./conf',
      'gateway.yaml:2:1: warning: The directory of "repository.dsn" is not read. (API files are those in "apis" beside this file.)',
    ],
    [
      'file:///etc/conf',
      'gateway.yaml:2:1: warning: The directory of "repository.dsn" is not read. (API files are those in "apis" beside this file.)',
    ],
    ['file://./other', NOTICE],
    ['file://conf', NOTICE],
    ['${DSN}', NOTICE],
    [
      'cbstore://api/conf',
      'gateway.yaml:2:1: notice: A cb-store repository is not read. (API files are those in "apis" beside this file.)',
    ],
  ])('dsn: %s', (dsn, diagnostic) => {
    expect(diagnoseSystem(`name: a\nRepository: {DSN: "${dsn}"}`, { isOtherDirectory })).toEqual([
      diagnostic,
    ])
  })

  test('without a file system no directory is another one', () => {
    expect(diagnoseSystem('name: a\nrepository: {dsn: file://./conf}')).toEqual([NOTICE])
  })
})

describe('an API file', () => {
  test.each<Case>([
    ['', 'apis/a.yaml:1:1: notice: The API file is empty.'],
    ['# only a comment', 'apis/a.yaml:1:1: notice: The API file is empty.'],
    ['definitions:', 'apis/a.yaml:1:1: notice: The API file defines no endpoints.'],
    ['definitions: []', 'apis/a.yaml:1:1: notice: The API file defines no endpoints.'],
    ['definitions: {}', 'apis/a.yaml:1:1: error: "definitions" must be a list.'],
    [
      '- name: a',
      'apis/a.yaml:1:1: error: An API file must be a map. (Put the list of endpoints under "definitions:".)',
    ],
    [
      'definition: []',
      'apis/a.yaml:1:1: warning: Unknown key "definition"; it is ignored. (Did you mean "definitions"?)',
      'apis/a.yaml:1:1: notice: The API file defines no endpoints.',
    ],
    [
      'definitions: [a, , null]',
      'apis/a.yaml:1:18: error: The text does not fit the structure here. (Check the indentation, or put the text in quotes.)',
    ],
    [
      'definitions: [a, null]',
      'apis/a.yaml:1:15: error: An endpoint must be a map.',
      'apis/a.yaml:1:18: error: An endpoint must be a map.',
    ],
    [
      'definitions: []\ndefinitions: []',
      'apis/a.yaml:2:1: error: The key occurs twice in the same map. (Keep one of them.)',
      'apis/a.yaml:2:1: notice: The API file defines no endpoints.',
    ],
    [
      'definitions:\n\t- name: a',
      'apis/a.yaml:2:1: error: A tab is used as indentation. (YAML is indented with spaces.)',
    ],
    [
      'definitions: *none',
      'apis/a.yaml:1:14: error: No anchor of this name stands before the alias. (Put a text that begins with "*" in quotes.)',
    ],
    [
      'definitions: []\n---\ndefinitions: []',
      'apis/a.yaml:1:1: notice: The API file defines no endpoints.',
      'apis/a.yaml:2:1: warning: Only the first YAML document of a file is read. (Put what follows "---" in a file of its own.)',
    ],
    [
      'definitions: [] # \uFFFD',
      'apis/a.yaml:1:1: notice: The API file defines no endpoints.',
      'apis/a.yaml:1:19: warning: The file is not valid UTF-8 text. (Save it in UTF-8; what could not be read was replaced.)',
    ],
  ])('%j', (text, ...diagnostics) => {
    expect(diagnoseApis(text)).toEqual(diagnostics)
  })
})
