import { describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Ask, Host } from './host.ts'
import { expectNoInternals, useFixture, type Stage } from './stage.ts'

/** One line per request, and what is in no line. */
export function recording(host: Host): void {
  logLines(host)
  secrets(host)
}

type Line = Readonly<Record<string, unknown>>

/** Asks and returns the answer with its line of the log, found by request id. */
async function recorded(on: Stage, path: string, ask: Ask = {}) {
  const id = freshKey()
  const headers = { ...ask.headers, 'X-Request-Id': id }
  const answer = await on.gateway.fetch(path, { ...ask, headers })
  const linesOf = () => on.gateway.logs().filter((text) => text.includes(`"${id}"`))
  await expect.poll(() => linesOf().length).toBeGreaterThan(0)
  expect(linesOf()).toHaveLength(1)
  return { answer, line: JSON.parse(linesOf()[0] ?? '{}') as Line }
}

function logLines(host: Host): void {
  const on = useFixture(host)
  describe('the log line', () => {
    test('tells what happened', async () => {
      const { line } = await recorded(on, '/one/some%20key?b=2&a=1', { method: 'POST', body: 'x' })
      expect(line).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/),
        request_id: expect.any(String),
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        client: host.clientAddress,
        method: 'POST',
        route: 'one, posted',
        path: '/one/some%20key',
        status: 200,
        bytes: expect.any(Number),
        duration_ms: expect.any(Number),
        upstream: [
          {
            name: expect.any(String),
            target: expect.any(String),
            status: 200,
            ms: expect.any(Number),
          },
        ],
      })
    })

    test('counts no bytes for HEAD, whatever length its answer declares', async () => {
      const got = await recorded(on, '/one/x')
      expect(got.line['bytes']).toBeGreaterThan(0)
      const asked = await recorded(on, '/one/x', { method: 'HEAD' })
      expect(asked.line).toMatchObject({ method: 'HEAD', status: 200, bytes: 0 })
    })

    test('names the parameters of the query without their values', async () => {
      const { line } = await recorded(on, '/one/x?token=MARKER&b=MARKER&b=MARKER&flag')
      const text = JSON.stringify(line)
      expect(text).not.toContain('MARKER')
      for (const name of ['token', 'flag']) expect(text).toContain(name)
    })

    test('has an entry for each upstream call', async () => {
      const { line } = await recorded(on, '/merge/x')
      expect(line['upstream']).toHaveLength(3)
    })

    test('tells why a request failed', async () => {
      const { answer, line } = await recorded(on, '/unreachable/x')
      expect(answer.status).toBe(502)
      expect(line).toMatchObject({ status: 502, error: expect.any(String) })
      expect(line['upstream']).toMatchObject([{ status: 0 }])
    })

    test.each([
      ['/nowhere', 404],
      ['/orders/new', 405],
      ['/one/%00', 400],
      ['/folder/inner/', 301],
    ])('is written for a request without a route too: %s', async (path, status) => {
      expect((await recorded(on, path)).line).toMatchObject({ status, route: '-' })
    })

    test('is one line, whatever the client sends', async () => {
      const { line } = await recorded(on, '/one/a%22%2C%22status%22%3A1?%0a%0d%E2%80%A8x"=1', {
        headers: { 'User-Agent': '"}{"forged":true}' },
      })
      expect(line['status']).toBe(200)
      expect(line).not.toHaveProperty('forged')
    })
  })
}

function secrets(host: Host): void {
  const on = useFixture(host)
  describe('secrets', () => {
    const ask: Ask = {
      headers: {
        Authorization: 'Bearer MARKER-client',
        Cookie: 'session=MARKER-cookie',
        'Proxy-Authorization': 'Basic MARKER-proxy',
        'X-Amz-Security-Token': 'MARKER-amz-header',
      },
    }
    const query = '?X-Amz-Signature=MARKER-amz&X-Amz-Credential=MARKER&password=MARKER-query'

    test.each([
      ['/guarded/KEY', { body: '{}' }],
      ['/guarded/KEY', { status: 500, body: '' }],
      ['/guarded/KEY', { wire: 'nonsense\r\n\r\n' }],
      ['/guarded/KEY', { body: '<' }],
      ['/guarded-raw/KEY', { status: 401, body: '' }],
      ['/guarded-raw/KEY', { steps: [{ do: 'reset' }] }],
      ['/owners/KEY', { status: 500, body: '' }],
      ['/pair/KEY', { status: 302, headers: [['Location', 'http://elsewhere.test/']] }],
      ['/unreachable/KEY', {}],
      ['/details/KEY', { status: 500, body: '' }],
      ['/nowhere', {}],
    ] as const)('are in no answer: %s %o', async (template, script) => {
      const key = freshKey()
      for (const server of [on.first, on.second]) await server.script(key, script)
      const answer = await on.gateway.fetch(template.replace('KEY', key) + query, ask)
      const body = await answer.text().catch(String)
      const told = `${body}\n${[...answer.headers].join('\n')}`
      expect(told).not.toContain('MARKER')
      expect(told.replaceAll('http://elsewhere.test/', '')).not.toContain('elsewhere')
    })

    test('are in no line of the log, in no metric and not in the health', async () => {
      const marker = freshKey()
      await on.gateway.fetch(`/guarded/${marker}${query}`, ask)
      await expect.poll(() => on.gateway.logs().join('\n')).toContain(marker)
      expect(on.gateway.logs().join('\n')).not.toContain('MARKER')
      for (const path of ['/__metrics', '/__health']) {
        const text = await (await on.gateway.fetch(path)).text()
        expectNoInternals(text)
      }
    })
  })
}
