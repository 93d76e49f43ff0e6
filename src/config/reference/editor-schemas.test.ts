import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadTexts } from '../load.fixture.ts'
import { apiFileSchema, systemFileSchema } from './editor-schemas.ts'
import { misfit } from './misfit.fixture.ts'

const API = apiFileSchema()
const SYSTEM = systemFileSchema()

describe('the schemas for editors', () => {
  test.each([
    'name: a',
    '{Version: "1", NAME: 5, Timeout: 0, cache_ttl: 1h, debug: yes, log: {format: "off"}}',
    '{name: a, timeout: "${T:-1s}", debug: "${D}", max_body: 1024, max_request_body: 1MiB}',
    '{name: a, upstreams: {u: {targets: [{url: a, weight: "3"}], auth: {bearer: "${T}"}, headers: {X-A: 1}}}}',
    '{name: a, upstreams: {u: {targets: [{URL: a, tier: "${T}"}], auth: {bearer: {token: "${T}"}}, ready: {path: /x, codes: ["204"]}}}}',
    '{name: a, middleware: {mw-cors: {allow_credentials: on, max_age: "${A}", allow_origins: "a,b"}, mw-httpsecure: }}',
    '{name: a, port: 8000, tls: {}, admin: , repository: {dsn: x}, trusted_proxies: [10.0.0.0/8], upstreams: }',
  ])('take a system file that loads: %s', (text) => {
    expect(loadTexts(text).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(misfit(SYSTEM, parse(text))).toBeUndefined()
  })

  test.each([
    '{name: a, endpoint: /a/:id, backend: [{url_pattern: "/{{.Id}}", hosts: [{Host: a, Weight: 2}]}]}',
    '{name: 1.5, endpoint: /a, active: off, method: post, timeout: 0, hosts: [{host: a, weight: "${W}"}], backend: [{hosts: , encoding: JSON, group: 1}]}',
    '{name: a, endpoint: /a, middleware: {mw-proxy: {sequential: yes}}, hosts: [{host: a}], backend: [{middleware: {mw-http: {return_error_details: 7}}}]}',
    '{name: a, endpoint: /a, hosts: [{host: a}], backend: [{middleware: {mw-proxy: {flatmap_filter: [{type: del, args: [a, 0]}]}}}]}',
    '{name: a, endpoint: /a, middleware: {mw-ratelimit: {maxRate: 0}}, health_check: {url: x}, hosts: [{host: a}], backend: [{}]}',
  ])('take an endpoint that loads: %s', (definition) => {
    const text = `definitions: [${definition}]`
    const { diagnostics } = loadTexts('name: a', [text])
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(misfit(API, parse(text))).toBeUndefined()
  })

  test.each([
    ['timeout: 2', '$.timeout'],
    ['timeout: soon', '$.timeout'],
    ['debug: perhaps', '$.debug'],
    ['max_body: 16M', '$.max_body'],
    ['output_encoding: xml', '$.output_encoding'],
    ['log: {format: xml}', '$.log'],
    ['upstreams: {u: {targets: []}}', '$.upstreams.u.targets'],
    ['upstreams: {u: {targets: [{url: a, weight: many}]}}', '$.upstreams.u.targets[0].weight'],
    [
      'middleware: {mw-cors: {allow_credentials: perhaps}}',
      '$.middleware.mw-cors.allow_credentials',
    ],
  ])('refuse %s', (text, path) => {
    expect(misfit(SYSTEM, parse(text))?.startsWith(path)).toBe(true)
  })

  test.each([
    ['{name: a, endpoint: /a}', '$.definitions[0]'],
    ['{name: a, endpoint: /a, backend: []}', '$.definitions[0].backend'],
    ['{name: a, endpoint: /a, backend: [{encoding: xml}]}', '$.definitions[0].backend[0].encoding'],
    [
      '{name: a, endpoint: /a, backend: [{middleware: {mw-proxy: {flatmap_filter: [{type: zap}]}}}]}',
      '$.definitions[0].backend[0].middleware.mw-proxy.flatmap_filter[0].type',
    ],
  ])('refuse the endpoint %s', (definition, path) => {
    expect(misfit(API, parse(`definitions: [${definition}]`))).toBe(path)
  })
})
