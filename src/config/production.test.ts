import { describe, expect, test } from 'vitest'
import { printDiagnostic } from './diagnostics.ts'
import { loadTexts } from './load.fixture.ts'

/** A system file as the gateways of Cloud-Barista were run with, every oddity included. */
const SYSTEM = `# API Gateway 설정
version: 1
name: cb-restapigw
port: 8000
cache_ttl: 3600s
timeout: 100m
debug: true
output_encoding: json
grace_timeout: 10s
read_header_timeout: 10s
max_idle_connections: 250
max_idle_connections_per_host: 250
disable_compression: false
disable_strict_rest: false

middleware:
  # 서비스 수준
  mw-metrics:
    router_enabled: true
    proxy_enabled: true
    backend_enabled: true
    collection_period: 10s
    expose_metrics: false
    listen_address: 0.0.0.0:9000
    influxdb:
      address: "http://cb-restapigw-influxdb:8086"
      database: cbrestapigw
      reporting_period: 11s
      buffer_size: 0
  mw-opencensus:
    sample_rate: 100
    reporting_period: 10s
    enabled_layers:
      router: true
      proxy: true
      backend: true
    exporters:
      jaeger:
        endpoint: http://cb-restapigw-jaeger:14268/api/traces
        service_name: cbrestapigw
  mw-cors:
    allow_origins:
      - "*"
    allow_methods: [POST, GET, DELETE, PUT]
    allow_headers: [Origin, Accept, Content-Type, Authorization]
    expose_headers: [Content-Length]
    max_age: 12h
    allow_credentials: true
  mw-httpcache:
    enabled: false

admin:
  port: 8001
  credentials:
    algorithm: HS256
    secret: test
    token_timeout: 3h
    basic:
      users:
        admin: test@admin00
        tester: test@tester00
  profiling_enabled: true
  profiling_public: true
repository:
  dsn: file://./conf
cluster:
  update_frequency: 10s
  `

/** Everything below a prefix, host at the endpoint, an unquoted pattern with a star. */
const BYPASS = `definitions:
  - name: spider
    endpoint: "/spider/*bypass"
    hosts:
      - host: http://cb-spider:1024
    backend:
      - url_pattern: /*bypass
  - name: tumblebug
    endpoint: /tumblebug/*bypass
    hosts:
      - host: http://cb-tumblebug:1323
    backend:
      - url_pattern: "*bypass"
`

/** Entries in column 0 behind a commented example. */
const SPIDER = `definitions:
#- name: 'Spider GET /vm'
#  endpoint: '/spider/vm'
#  backend:
#  - hosts:
#    - host: 'http://cb-spider:1024'
#    url_pattern: '/spider/vm'
- name: 'Spider GET /:FirstPath'
  endpoint: '/spider/:FirstPath'
  method: GET
  backend:
  - hosts:
    - host: 'http://cb-spider:1024'
    url_pattern: '/spider/{{.FirstPath}}'
    middleware:
      mw-http:
        return_error_details: 'Spider_GET_FirstPath'
- name: 'Spider GET /:FirstPath/:SecondPath'
  endpoint: '/spider/:FirstPath/:SecondPath'
  method: GET
  backend:
  - hosts:
    - host: 'http://cb-spider:1024'
    url_pattern: '/spider/{{.FirstPath}}/{{.SecondPath}}'
    middleware:
      mw-http:
        return_error_details: 'Spider_GET_FirstPath'
   `

/** Canonical parameters, malformed placeholders, names with slashes and colons, a static path beside a parameter. */
const TUMBLEBUG = `definitions:
  # 네임스페이스
  - name: 'Tumblebug GET /ns/:nsId/checkResource/:resourceType/:resourceId'
    endpoint: /tumblebug/ns/:nsId/checkResource/:resourceType/:resourceId
    hosts:
    - host: http://cb-tumblebug:1323
    method: GET
    backend:
    - url_pattern: /tumblebug/ns/{{.NsId}}/checkResource/{{.ResourceType}}/{{.ResourceId}
  - name: 'Tumblebug GET /ns/:nsId/checkMcis/:mcisId'
    endpoint: /tumblebug/ns/:nsId/checkMcis/:mcisId
    hosts:
    - host: http://cb-tumblebug:1323
    backend:
    - url_pattern: /tumblebug/ns/{{.NsId}}/checkMcis/{{.McisId}
  - name: 'Tumblebug POST /ns/:nsId/mcis/recommend'
    endpoint: /tumblebug/ns/:nsId/mcis/recommend
    hosts:
    - host: http://cb-tumblebug:1323
    method: POST
    backend:
    - url_pattern: /tumblebug/ns/{{.NsId}}/mcis/recommend
  - name: 'Tumblebug GET /ns/:nsId/mcis/:mcisId'
    endpoint: /tumblebug/ns/:nsId/mcis/:mcisId
    hosts:
    - host: http://cb-tumblebug:1323
    backend:
    - url_pattern: /tumblebug/ns/{{.NsId}}/mcis/{{.McisId}}`

/** Five parameters, one with an underscore and capitals; a list that is not wrapped; an error id used twice. */
const DRAGONFLY = `definitions:
- name: 'GET VM Monitoring data'
  endpoint: /dragonfly/ns/:ns_id/mcis/:mcis_id/vm/:vm_id/metric/:Metric_name/:VMImageName
  backend:
  - hosts: [{host: http://cb-dragonfly:9090}]
    url_pattern: /dragonfly/ns/{{.Ns_id}}/mcis/{{.Mcis_id}}/vm/{{.Vm_id}}/metric/{{.Metric_name}}/{{.VMImageName}}
    middleware: {mw-http: {return_error_details: GET_VM_Monitoring_data}}
- name: 'GET eventhandlers'
  endpoint: /dragonfly/eventhandlers
  backend:
  - hosts: [{host: http://cb-dragonfly:9090}]
    url_pattern: /dragonfly/eventhandlers
    is_collection: true
    mapping: {collection: data}
    middleware: {mw-http: {return_error_details: GET_VM_Monitoring_data}}
`

const GROUPS = [BYPASS, SPIDER, TUMBLEBUG, DRAGONFLY]

describe('the files of a production gateway', () => {
  const { document, diagnostics } = loadTexts(SYSTEM, GROUPS)

  test('load, with one notice for each key that means nothing and a warning for each repair', () => {
    expect(diagnostics.map(printDiagnostic).map((line) => line.replace(/ \(.*\)$/, ''))).toEqual([
      'gateway.yaml:4:1: notice: "port" has no effect here.',
      'gateway.yaml:9:1: notice: "grace_timeout" has no effect here.',
      'gateway.yaml:10:1: notice: "read_header_timeout" has no effect here.',
      'gateway.yaml:11:1: notice: "max_idle_connections" has no effect here.',
      'gateway.yaml:12:1: notice: "max_idle_connections_per_host" has no effect here.',
      'gateway.yaml:13:1: notice: "disable_compression" has no effect here.',
      'gateway.yaml:14:1: notice: "disable_strict_rest" has no effect here.',
      'gateway.yaml:18:3: notice: "mw-metrics" has no effect here.',
      'gateway.yaml:30:3: notice: "mw-opencensus" has no effect here.',
      'gateway.yaml:49:3: notice: "mw-httpcache" has no effect in the system file.',
      'gateway.yaml:53:3: notice: "admin.port" has no effect here.',
      'gateway.yaml:55:5: notice: "admin.credentials.algorithm" has no effect here.',
      'gateway.yaml:56:5: notice: "admin.credentials.secret" has no effect here.',
      'gateway.yaml:57:5: notice: "admin.credentials.token_timeout" has no effect here.',
      'gateway.yaml:60:9: warning: This password is no hash; the user cannot log in.',
      'gateway.yaml:61:9: warning: This password is no hash; the user cannot log in.',
      'gateway.yaml:62:3: notice: "admin.profiling_enabled" has no effect here.',
      'gateway.yaml:63:3: notice: "admin.profiling_public" has no effect here.',
      'gateway.yaml:64:1: notice: "repository" has no effect here.',
      'gateway.yaml:66:1: notice: "cluster" has no effect here.',
      'apis/c.yaml:9:20: warning: The placeholder "{{.ResourceId}" is malformed; it is read as "{resourceId}".',
      'apis/c.yaml:15:20: warning: The placeholder "{{.McisId}" is malformed; it is read as "{mcisId}".',
    ])
  })

  test('become endpoints and patterns in brace form', () => {
    const paths = document?.groups.flatMap(({ definitions }) =>
      definitions.map(({ method, endpoint, backend }) => [
        method,
        endpoint,
        backend[0]?.url_pattern,
      ]),
    )
    expect(paths).toEqual([
      ['GET', '/spider/*bypass', '/*bypass'],
      ['GET', '/tumblebug/*bypass', '*bypass'],
      ['GET', '/spider/{FirstPath}', '/spider/{FirstPath}'],
      ['GET', '/spider/{FirstPath}/{SecondPath}', '/spider/{FirstPath}/{SecondPath}'],
      [
        'GET',
        '/tumblebug/ns/{nsId}/checkResource/{resourceType}/{resourceId}',
        '/tumblebug/ns/{nsId}/checkResource/{resourceType}/{resourceId}',
      ],
      ['GET', '/tumblebug/ns/{nsId}/checkMcis/{mcisId}', '/tumblebug/ns/{nsId}/checkMcis/{mcisId}'],
      ['POST', '/tumblebug/ns/{nsId}/mcis/recommend', '/tumblebug/ns/{nsId}/mcis/recommend'],
      ['GET', '/tumblebug/ns/{nsId}/mcis/{mcisId}', '/tumblebug/ns/{nsId}/mcis/{mcisId}'],
      [
        'GET',
        '/dragonfly/ns/{ns_id}/mcis/{mcis_id}/vm/{vm_id}/metric/{Metric_name}/{VMImageName}',
        '/dragonfly/ns/{ns_id}/mcis/{mcis_id}/vm/{vm_id}/metric/{Metric_name}/{VMImageName}',
      ],
      ['GET', '/dragonfly/eventhandlers', '/dragonfly/eventhandlers'],
    ])
  })

  test('load the same as Helm writes them, with a blank line behind every line', () => {
    const spread = (text: string) => text.replaceAll('\n', '\n    \n')
    expect(loadTexts(spread(SYSTEM), GROUPS.map(spread)).document).toEqual(document)
  })

  test('load the same with CRLF', () => {
    const windows = (text: string) => text.replaceAll('\n', '\r\n')
    expect(loadTexts(windows(SYSTEM), GROUPS.map(windows)).document).toEqual(document)
  })
})

test('blocks that the original cannot start without are not needed', () => {
  const { document, diagnostics } = loadTexts('version: 1\nname: a', [BYPASS])
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(document).toBeDefined()
})

test('what the original writes back with "apply" loads to the same', () => {
  const written = `definitions:
- name: a
  active: true
  endpoint: /ns/:nsId/x-:my-id
  hosts: []
  method: GET
  timeout: 2s
  cache_ttl: 1h0m0s
  output_encoding: json
  except_querystrings: []
  except_headers: []
  middleware: {}
  health_check:
    url: ""
    timeout: 0s
  backend:
  - hosts:
    - Host: http://a:80
      Weight: 0
    timeout: 2s
    method: GET
    url_pattern: /{{.NsId}}/{{.My-Id}}
    encoding: json
    group: ""
    blacklist: []
    whitelist: []
    mapping: {}
    is_collection: false
    wrap_collection_to_json: false
    target: ""
    middleware: {}
    disable_host_sanitize: false
    lb_mode: ""
`
  const { document, diagnostics } = loadTexts('name: a', [written])
  expect(diagnostics.map(({ severity, line }) => `${severity} ${line}`)).toEqual(['notice 13'])
  expect(document?.groups[0]?.definitions[0]).toMatchObject({
    endpoint: '/ns/{nsId}/x-{my-id}',
    cache_ttl: '1h0m0s',
    backend: [{ hosts: [{ host: 'http://a:80', weight: 0 }], url_pattern: '/{nsId}/{my-id}' }],
  })
})
