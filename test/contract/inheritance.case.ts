import { describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Configuration, Host } from './host.ts'
import { echoOf, METRICS_TOKEN, problemOf, useConfiguration } from './stage.ts'

const configuration: Configuration = {
  system: `
version: 1
name: inheritance
timeout: 250ms
cache_ttl: 30s
max_body: 2KiB
max_request_body: 1KiB
middleware:
  mw-cors:
    allow_origins: ["https://*.example.com"]
    allow_methods: [GET, POST]
    allow_credentials: true
    max_age: 10m
  mw-httpsecure:
    content_type_nosniff: true
    frame_deny: true
`,
  apis: {
    'all.yaml': `
definitions:
  - name: inherits
    endpoint: /inherits/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/{key}"}]
  - name: patient
    endpoint: /patient/{key}
    timeout: 0s
    cache_ttl: 0s
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/{key}"}]
  - name: posted to two
    endpoint: /posted/{key}
    method: POST
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/a/{key}"}, {url_pattern: "/b/{key}"}]
  - name: everything else
    endpoint: /*bypass
    timeout: 0s
    output_encoding: no-op
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/*bypass", encoding: no-op}]
`,
  },
}

/** What endpoints inherit, and a bypass of everything. Runs a gateway of its own. */
export function inheritance(host: Host): void {
  const on = useConfiguration(host, configuration)

  describe('an endpoint', () => {
    test('inherits timeout and cache_ttl of the system file', async () => {
      const late = freshKey()
      await on.first.script(late, { gate: 'never' })
      expect((await on.gateway.fetch(`/inherits/${late}`)).status).toBe(504)
      const answer = await on.gateway.fetch(`/inherits/${freshKey()}`)
      expect(answer.headers.get('cache-control')).toBe('public, max-age=30')
    })

    test('is without limit at 0s', async () => {
      const key = freshKey()
      await on.first.script(key, { pauseMs: 500, body: '{"a":1}' })
      const answer = await on.gateway.fetch(`/patient/${key}`)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toBeNull()
    })
  })

  describe('limits of the system file', () => {
    test.each([
      [1024, 200],
      [1025, 413],
    ])('a request body of %i bytes is answered with %i', async (bytes, status) => {
      const body = 'x'.repeat(bytes)
      const key = freshKey()
      await on.first.script(key, { body: '{}' })
      const answer = await on.gateway.fetch(`/posted/${key}`, { method: 'POST', body })
      expect(answer.status).toBe(status)
      if (status === 413) expect((await problemOf(answer)).detail).toContain('1024')
      expect(await on.first.seen(key)).toHaveLength(status === 200 ? 2 : 0)
    })

    test.each([
      [2048, 200],
      [2049, 502],
    ])('an answer of %i bytes is answered with %i', async (bytes, status) => {
      const key = freshKey()
      await on.first.script(key, { body: `{"a":"${'x'.repeat(bytes - 8)}"}` })
      const answer = await on.gateway.fetch(`/patient/${key}`)
      expect(answer.status).toBe(status)
      if (status === 502) expect((await problemOf(answer)).detail).toContain('2048')
    })
  })

  describe('a bypass of everything', () => {
    test.each(['/', '/a/b?c', '/_one', '/a/__b'])('takes %s', async (path) => {
      expect((await echoOf(await on.gateway.fetch(path))).url).toBe(path)
    })

    test.each(['/__unknown', '/__admin/x', '/__swap', '/__', '/__admin', '/%5F%5fx', '/_%5Fx?a'])(
      'does not take %s',
      async (path) => {
        const answer = await on.gateway.fetch(path)
        expect(await answer.text()).not.toContain('"server"')
        if (!path.startsWith('/__admin')) expect(answer.status).toBe(404)
      },
    )

    test('does not take /__health', async () => {
      expect(await (await on.gateway.fetch('/__health')).json()).toHaveProperty('snapshot')
    })
  })

  describe('policies of the system file', () => {
    const Origin = 'https://app.example.com'

    test('a preflight is answered here', async () => {
      const key = freshKey()
      const headers = { Origin, 'Access-Control-Request-Method': 'POST' }
      const answer = await on.gateway.fetch(`/raw/${key}`, { method: 'OPTIONS', headers })
      expect([200, 204]).toContain(answer.status)
      expect(answer.headers.get('access-control-allow-origin')).toBe(Origin)
      expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
      expect(answer.headers.get('access-control-max-age')).toBe('600')
      expect(await on.first.seen(key)).toEqual([])
    })

    test.each(['/patient/x', '/streamed', '/__unknown', '/streamed/%00'])(
      'hold for every answer: %s',
      async (path) => {
        const { headers } = await on.gateway.fetch(path, { headers: { Origin } })
        expect(headers.get('access-control-allow-origin')).toBe(Origin)
        expect(headers.get('vary')).toMatch(/Origin/i)
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(headers.get('x-frame-options')).toBe('DENY')
      },
    )

    test('say nothing to other origins, and replace what the upstream says', async () => {
      const key = freshKey()
      await on.first.script(key, { headers: [['Access-Control-Allow-Origin', '*']], body: '' })
      for (const origin of ['https://example.com.evil.test', 'null', Origin]) {
        const answer = await on.gateway.fetch(`/${key}`, { headers: { Origin: origin } })
        const allowed = answer.headers.get('access-control-allow-origin')
        expect(allowed).toBe(origin === Origin ? Origin : null)
      }
    })

    test('do not stand in the way of a WebSocket', async () => {
      const talk = await on.gateway.webSocket('/talk', { Origin })
      talk.send('hello')
      expect(await talk.next()).toBe('hello')
      talk.close(1000, '')
    })
  })

  describe('/__metrics that are not public', () => {
    const ask = (authorization?: string) =>
      on.gateway.fetch(
        '/__metrics',
        authorization === undefined ? {} : { headers: { Authorization: authorization } },
      )

    test.each([
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'Bearer wrong',
      METRICS_TOKEN,
      'Bearer undefined',
    ])('are closed to %s', async (authorization) => {
      const answer = await ask(authorization)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
      await problemOf(answer)
    })

    test('are open to their token', async () => {
      expect((await ask(`Bearer ${METRICS_TOKEN}`)).status).toBe(200)
    })
  })
}
