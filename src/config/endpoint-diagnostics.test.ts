import { describe, expect, test } from 'vitest'
import { diagnoseApis, loadTexts } from './load.fixture.ts'

/** Bad text -> everything that is said about it. */
type Case = readonly [text: string, ...diagnostics: string[]]

const HOST = 'error: This is no host. (Write [http(s)://]name[:port][/base].)'
const NO_HOSTS =
  'error: The backend has no hosts. (Add "hosts: - host: ..." here or at the endpoint.)'
const CALLS = 'backend: [{hosts: [{host: a}]}]'

describe('an endpoint', () => {
  test.each<Case>([
    [
      '{}',
      'apis/a.yaml:2:3: error: "name" is missing.',
      'apis/a.yaml:2:3: error: "endpoint" is missing.',
      'apis/a.yaml:2:3: error: "backend" is missing.',
    ],
    [
      '{name: a, endpoint: /a, backend: []}',
      'apis/a.yaml:2:27: error: "backend" must not be empty.',
    ],
    ['{name: a, endpoint: /a, backend: {}}', 'apis/a.yaml:2:27: error: "backend" must be a list.'],
    [
      '{name: a, endpoint: /a, backend: [a]}',
      'apis/a.yaml:2:37: error: Entry 1 of "backend" must be a map.',
    ],
    ['{name: a, endpoint: /a, backend: [{}]}', `apis/a.yaml:2:37: ${NO_HOSTS}`],
    ['{name: a, endpoint: /a, hosts: [], backend: [{}]}', `apis/a.yaml:2:48: ${NO_HOSTS}`],
    [
      '{name: a, endpoint: /a, hosts: [{host: a}], backend: [{hosts: []}]}',
      `apis/a.yaml:2:58: ${NO_HOSTS}`,
    ],
    ['{name: a, endpoint: /a, hosts: [{host: "h p"}], backend: [{}]}', `apis/a.yaml:2:42: ${HOST}`],
    [
      '{name: a, endpoint: /a, hosts: [a], backend: [{}]}',
      'apis/a.yaml:2:35: error: Entry 1 of "hosts" must be a map.',
    ],
    [
      '{name: a, endpoint: /a, hosts: [{weight: 1}], backend: [{}]}',
      'apis/a.yaml:2:35: error: "host" is missing.',
    ],
    [
      '{name: a, endpoint: /a, hosts: [{host: a, weight: many}], backend: [{}]}',
      'apis/a.yaml:2:53: error: "weight" must be a number.',
    ],
    [
      `{name: a, endpoint: /a, timeout: 5, cache_ttl: x, output_encoding: xml, max_body: 1TB, ${CALLS}}`,
      'apis/a.yaml:2:36: error: "5" is no duration. (A number needs a unit: write "5s".)',
      'apis/a.yaml:2:50: error: "x" is no duration. (Write it like "2s", "250ms" or "1h30m".)',
      'apis/a.yaml:2:70: error: "xml" is no known encoding. (Write json, string or no-op.)',
      'apis/a.yaml:2:85: error: "1TB" is no size. (Write it like "16MiB", "500KB" or "1048576".)',
    ],
    [
      `{name: a, endpoint: /a, method: HEAD, ${CALLS}}`,
      'apis/a.yaml:2:35: warning: No request is routed by this method; the endpoint is switched off, as in cb-restapigw. (Write GET, POST, PUT, PATCH, DELETE.)',
    ],
    [`{name: a, endpoint: /a, method: HEAD, active: no, ${CALLS}}`],
    [`{name: a, endpoint: "/a/*bypass", method: HEAD, ${CALLS}}`],
    [
      '{name: a, endpoint: "/a/*bypass", hosts: [{host: a}], backend: [{}, {}]}',
      'apis/a.yaml:2:57: warning: A bypass has one backend; the endpoint is switched off, as in cb-restapigw. (Keep one backend.)',
    ],
    [
      `{name: a, endpoint: /a, except_headers: X-A, whitelist: [a], ${CALLS}}`,
      'apis/a.yaml:2:43: error: "except_headers" must be a list.',
      'apis/a.yaml:2:48: warning: Unknown key "whitelist"; it is ignored. (Known here: name, active, endpoint, hosts, method, timeout, cache_ttl, output_encoding, except_querystrings, except_headers, middleware, max_body, backend.)',
    ],
    [
      `{name: a, endpoint: /a, headers_to_pass: [a], querystring_params: [b], ${CALLS}}`,
      'apis/a.yaml:2:27: warning: Unknown key "headers_to_pass"; it is ignored. (All headers are handed on; use "except_headers" for those that are not.)',
      'apis/a.yaml:2:49: warning: Unknown key "querystring_params"; it is ignored. (All parameters are handed on; use "except_querystrings" for the others.)',
    ],
    [
      `{name: a, endpoint: /a, health_check: {url: x, timeout: 0}, ${CALLS}}`,
      'apis/a.yaml:2:27: notice: "health_check" has no effect here. (Use "ready" of an upstream.)',
    ],
    [
      `{name: "a\\nb", endpoint: /a, ${CALLS}}`,
      'apis/a.yaml:2:10: error: Control characters are not allowed here. (Write it on one line.)',
    ],
    [
      `{name: a, endpoint: /a, timeout: "\${A-1s}", ${CALLS}}`,
      'apis/a.yaml:2:36: error: "${A-1s}" is no duration. (Write it like "2s", "250ms" or "1h30m".)',
    ],
    [
      `{name: "\${A:-\${B}}", endpoint: /a, ${CALLS}}`,
      'apis/a.yaml:2:10: error: This is no reference. (Write ${NAME} or ${NAME:-default}, or $${ for a literal ${.)',
    ],
  ])('%j', (text, ...diagnostics) => {
    expect(diagnoseApis(`definitions:\n- ${text}`)).toEqual(diagnostics)
  })

  test('a name is unique in its file, whatever its case, and free in other files', () => {
    const one = (name: string, path: string) => `- {name: ${name}, endpoint: ${path}, ${CALLS}}\n`
    const { diagnostics } = loadTexts('name: a', [
      `definitions:\n${one('x', '/a')}${one('y', '/b')}${one('X', '/c')}`,
      `definitions:\n${one('x', '/d')}`,
    ])
    expect(diagnostics).toEqual([
      {
        file: 'apis/a.yaml',
        line: 4,
        column: 10,
        severity: 'error',
        message: 'The name is used twice in this file.',
        hint: 'Give each endpoint its own name; case does not count.',
      },
    ])
  })

  test('an ignored key is told once for each file', () => {
    const one = (name: string) =>
      `- {name: ${name}, endpoint: /${name}, health_check: {}, ${CALLS}}\n`
    const { diagnostics } = loadTexts('name: a', [
      `definitions:\n${one('a')}${one('b')}`,
      `definitions:\n${one('c')}`,
    ])
    expect(diagnostics.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'apis/a.yaml:2',
      'apis/b.yaml:2',
    ])
  })
})

describe('a bypass', () => {
  const bypass = (more: string) =>
    `definitions:\n- {name: a, endpoint: "/a/*bypass", ${more}${CALLS}}`
  const WARNING =
    'apis/a.yaml:2:23: warning: This bypass inherits the default timeout of 2s. (Set "timeout" here or in the system file; "0s" means no limit.)'

  test.each([
    ['name: a', '', true],
    ['name: a', 'timeout: 0s, ', false],
    ['name: a', 'active: false, ', false],
    ['{name: a, timeout: 100m}', '', false],
    ['{name: a, TimeOut: 100m}', '', false],
  ])('beside %j with %j is warned about: %s', (system, more, isWarned) => {
    const { diagnostics } = loadTexts(system, [bypass(more)])
    const printed = diagnostics.map(
      ({ file, line, column, severity, message, hint }) =>
        `${file}:${line}:${column}: ${severity}: ${message} (${hint})`,
    )
    expect(printed).toEqual(isWarned ? [WARNING] : [])
  })
})

describe('a backend', () => {
  test.each<Case>([
    [
      'encoding: yaml, method: TRACE, timeout: 1, is_collection: perhaps, mapping: [a]',
      'apis/a.yaml:6:16: error: "yaml" is no known encoding. (Write json, string or no-op.)',
      'apis/a.yaml:6:30: error: "TRACE" is no method that can be called. (Write GET, POST, PUT, PATCH or DELETE.)',
      'apis/a.yaml:6:46: error: "1" is no duration. (A number needs a unit: write "1s".)',
      'apis/a.yaml:6:64: error: "is_collection" must be true or false.',
      'apis/a.yaml:6:73: error: "mapping" must be a map.',
    ],
    [
      'lb_mode: least',
      'apis/a.yaml:6:15: warning: This way of balancing is not known; hosts are chosen at random. (Write rr or wrr, or remove the key.)',
    ],
    ['lb_mode: RR'],
    [
      'host: b, whitelst: [a]',
      'apis/a.yaml:6:6: warning: Unknown key "host"; it is ignored. (Use "hosts: - host: ...".)',
      'apis/a.yaml:6:15: warning: Unknown key "whitelst"; it is ignored. (Did you mean "whitelist"?)',
    ],
    [
      'url_pattern: "/{{.Id}/{{.Zz}}/{other}"',
      'apis/a.yaml:6:19: warning: The placeholder "{{.Id}" is malformed; it is read as "{id}". (Write {id}.)',
      'apis/a.yaml:6:19: warning: No parameter of the endpoint answers to "{{.Zz}}"; it is sent as it stands. (Declared: {id}.)',
      'apis/a.yaml:6:19: error: The endpoint declares no parameter "other". (Add {other} to "endpoint", or remove it here.)',
    ],
    [
      'url_pattern: {id}',
      'apis/a.yaml:6:6: error: "url_pattern" must be a text. (Put a text that holds braces in quotes.)',
    ],
    [
      'url_pattern: "/{resp0_x}"',
      'apis/a.yaml:6:19: warning: Answer 0 is not there yet when this call is made. (Set "sequential: true" in the endpoint\'s "mw-proxy".)',
    ],
    [
      'hosts: [{host: "user:hunter2@h"}]',
      'apis/a.yaml:6:21: error: A host holds no credentials. (Put them under "auth" of an upstream, as "${NAME}" references.)',
    ],
  ])('%j', (text, ...diagnostics) => {
    expect(
      diagnoseApis(
        `definitions:\n- name: a\n  endpoint: /a/:id\n  hosts: [{host: a}]\n  backend:\n  - {${text}}`,
      ),
    ).toEqual(diagnostics)
  })

  test('a sequence knows which answers are there', () => {
    expect(
      diagnoseApis(`
definitions:
- name: a
  endpoint: /a
  hosts: [{host: a}]
  middleware: {mw-proxy: {sequential: yes}}
  backend:
  - url_pattern: /{resp0_x}
  - url_pattern: /{{.Resp0_x.y}}/{resp1_z}
`),
    ).toEqual([
      'apis/a.yaml:8:18: warning: Answer 0 is not there yet when this call is made. (A call can use the answers of the calls before it; the first one is 0.)',
      'apis/a.yaml:9:18: warning: Answer 1 is not there yet when this call is made. (A call can use the answers of the calls before it; the first one is 0.)',
    ])
  })
})

describe('middleware of endpoints and backends', () => {
  const missing = (name: string, loss: string) =>
    `error: This version has no "${name}": ${loss}. (Remove the block, or use --allow-missing.)`

  test.each<Case>([
    [
      'mw-proxy: {sequential: maybe}',
      'apis/a.yaml:6:29: error: "sequential" must be true or false.',
    ],
    ['mw-auth: {secure_key: hunter2, access_ids: [a]}'],
    ['mw-auth: {secure_key: "${KEY}", access_ids: "${IDS}"}'],
    [
      'mw-auth: {secure_key: "", access_ids: a}',
      'apis/a.yaml:6:28: warning: Without "secure_key" every request is refused. (Write secure_key: ${NAME}.)',
    ],
    [
      'mw-auth: {secure_key: [hunter2], access_ids: [{hunter2: a}]}',
      'apis/a.yaml:6:16: error: "secure_key" must be a text.',
      'apis/a.yaml:6:52: error: Entry 1 of "access_ids" must be a text. (Put a text that holds braces in quotes.)',
    ],
    [
      'mw-auth: {enabled: no, secure_key: hunter2}',
      'apis/a.yaml:6:16: warning: Unknown key "enabled"; it is ignored. (Known here: secure_key, access_ids.)',
      'apis/a.yaml:6:6: warning: Without "access_ids" every request is refused. (Name who may pass.)',
    ],
    ['mw-ratelimit: {max_rate: 5}'],
    ['mw-ratelimit: {maxRate: 0.5, clientMaxRate: "3"}'],
    ['mw-ratelimit: {client_max_rate: "${R}", strategy: "${S}", rules: [{name: a, rate: "${T}"}]}'],
    [
      'mw-ratelimit: {client_max_rate: 5, strategy: header}',
      'apis/a.yaml:6:51: error: "strategy" needs a `key`.',
    ],
    [
      'mw-ratelimit: {client_max_rate: 5, strategy: agent}',
      'apis/a.yaml:6:51: error: "strategy" must be ip, header, cookie, claim or subject.',
    ],
    [
      'mw-ratelimit: {rules: [{name: a, keys: [host], rate: 1}, {name: a, quota: {day: 5}, cost: 6}]}',
      'apis/a.yaml:6:46: error: Entry 1 of "keys" must be ip, subject, {header: NAME}, {cookie: NAME} or {claim: NAME}.',
    ],
    [
      'mw-ratelimit: {rules: [{name: a, rate: 1}, {name: a, quota: {day: 5}, cost: 6}]}',
      'apis/a.yaml:6:56: error: "name" is taken by another rule.',
      'apis/a.yaml:6:82: error: "cost" is more than the rule ever allows.',
    ],
    [
      'mw-ratelimit: {max_rate: 5, mode: approximate}',
      'apis/a.yaml:6:40: error: "mode" needs a `binding`.',
    ],
    [
      'mw-ratelimit: {max_rate: 5, binding: X}',
      'apis/a.yaml:6:43: error: "binding" is for `mode: approximate`.',
    ],
    [
      'mw-ratelimit: {max_rate: 5, quotas: {day: 1}, rules: [{name: b, quota: {week: 1}}]}',
      'apis/a.yaml:6:34: warning: Unknown key "quotas"; it is ignored. (Known here: enabled, max_rate, client_max_rate, strategy, key, rules, mode, binding, cost, shadow, on_error, budget, shards, headers.)',
      'apis/a.yaml:6:78: warning: Unknown key "week"; it is ignored. (Known here: second, minute, hour, day.)',
      'apis/a.yaml:6:60: error: "rate" or a quota must be given.',
    ],
    [
      'mw-ratelimit: {max_rate: 0, client_max_rate: -1, strategy: ip}',
      'apis/a.yaml:6:6: notice: "mw-ratelimit" is switched off.',
    ],
    [
      'mw-ratelimit: {enabled: "no", max_rate: 5}',
      'apis/a.yaml:6:6: notice: "mw-ratelimit" is switched off.',
    ],
    ['mw-ratelimit: {max_rate: many}', 'apis/a.yaml:6:31: error: "max_rate" must be a number.'],
    [
      'mw-httpcache: {enabled: true}',
      'apis/a.yaml:6:6: notice: "mw-httpcache" has no effect at an endpoint. (Remove it, or move it to where it belongs.)',
    ],
    [
      'mw-cors: {max_age: 1h}',
      'apis/a.yaml:6:6: warning: "mw-cors" has no effect at an endpoint; it is ignored. (It belongs in the system file.)',
    ],
    [
      'mw-http: {return_error_details: x}',
      'apis/a.yaml:6:6: warning: "mw-http" has no effect at an endpoint; it is ignored. (It belongs at a backend.)',
    ],
    [
      'MW-Proxy: {sequential: true}',
      'apis/a.yaml:6:6: warning: "MW-Proxy" is not known; it is ignored. (Did you mean "mw-proxy"?)',
    ],
    [
      'zzz: {}',
      expect.stringMatching(
        /^apis\/a.yaml:6:6: warning: "zzz" is not known; it is ignored. \(Known here: mw-/,
      ),
    ],
  ])('endpoint: %j', (text, ...diagnostics) => {
    const printed = diagnoseApis(
      `definitions:\n- name: a\n  endpoint: /a\n  hosts: [{host: a}]\n  middleware:\n    {${text}}\n  backend: [{}]`,
    )
    expect(printed.toSorted()).toEqual(diagnostics.toSorted())
    expect(printed.join()).not.toContain('hunter2')
  })

  test.each<Case>([
    ['mw-http: {return_error_details: 1.10}'],
    [
      'mw-http: {return_error_details: [a]}',
      'apis/a.yaml:7:17: error: "return_error_details" must be a text.',
    ],
    [
      'mw-proxy: {sequential: true}',
      'apis/a.yaml:7:18: warning: Unknown key "sequential"; it is ignored. (Known here: flatmap_filter.)',
    ],
    [
      'mw-proxy: {flatmap_filter: [{type: move, args: [a, b]}, {type: del, args: [a, 0]}, {type: append, args: [a, b]}]}',
    ],
    [
      'mw-proxy: {flatmap_filter: [{type: move, args: [a]}]}',
      'apis/a.yaml:7:48: error: "move" takes two paths: from and to.',
    ],
    [
      'mw-proxy: {flatmap_filter: [{type: append}]}',
      'apis/a.yaml:7:35: error: "append" takes two paths: from and to.',
    ],
    [
      'mw-proxy: {flatmap_filter: [{type: zap}]}',
      'apis/a.yaml:7:35: warning: This operation is not known; it is ignored. (Write move, del or append.)',
    ],
    [
      'mw-proxy: {flatmap_filter: [move, {args: [a]}]}',
      'apis/a.yaml:7:35: warning: This is no operation; it is ignored. (Write {type: move, args: [from, to]}.)',
      'apis/a.yaml:7:41: warning: This is no operation; it is ignored. (Write {type: move, args: [from, to]}.)',
    ],
    [
      'mw-proxy: {flatmap_filter: [{type: move, args: [a, b, {type: del, args: [c]}]}]}',
      'apis/a.yaml:7:35: warning: What follows the second path is ignored. (Check the indentation.)',
    ],
    [
      'mw-proxy: {flatmap_filter: {type: del}}',
      'apis/a.yaml:7:18: error: "flatmap_filter" must be a list.',
    ],
    [
      'mw-httpcache: {enabled: true}',
      `apis/a.yaml:7:7: ${missing('mw-httpcache', 'every request would call the upstream')}`,
    ],
    ['mw-httpcache: {enabled: no}', 'apis/a.yaml:7:7: notice: "mw-httpcache" is switched off.'],
    ['mw-ratelimit: {max_rate: 0.5, capacity: 1}'],
    [
      'mw-ratelimit: {max_rate: 5, capacity: 0.5}',
      'apis/a.yaml:7:45: error: "capacity" must be at least 1.',
    ],
    [
      'mw-ratelimit: {enabled: no, max_rate: 5}',
      'apis/a.yaml:7:7: notice: "mw-ratelimit" is switched off.',
    ],
    [
      'mw-auth: {secure_key: x}',
      'apis/a.yaml:7:7: warning: "mw-auth" has no effect at a backend; it is ignored. (It belongs at an endpoint.)',
    ],
  ])('backend: %j', (text, ...diagnostics) => {
    expect(
      diagnoseApis(
        `definitions:\n- name: a\n  endpoint: /a\n  hosts: [{host: a}]\n  backend:\n  - middleware:\n     {${text}}`,
      ),
    ).toEqual(diagnostics)
  })

  test('what is not available is a warning where that is allowed, and leaves the document', () => {
    const text =
      '{definitions: [{name: a, endpoint: /a, backend: [{hosts: [{host: a}], middleware: {mw-httpcache: {enabled: true}}}]}]}'
    expect(diagnoseApis(text, { allowMissing: true })).toEqual([
      'apis/a.yaml:1:84: warning: This version has no "mw-httpcache": every request would call the upstream. (Remove the block.)',
    ])
    const { document } = loadTexts('name: a', [text], { allowMissing: true })
    expect(document?.groups[0]?.definitions[0]?.backend[0]?.middleware).toEqual({})
  })
})
