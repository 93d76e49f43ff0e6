import { describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Host } from './host.ts'
import { describeOn, expectNoInternals, problemOf, useFixture } from './stage.ts'

/** The gateway's own paths. */
export function reserved(host: Host): void {
  health(host)
  metrics(host)
  closed(host)
}

function health(host: Host): void {
  const on = useFixture(host)
  describe('/__health', () => {
    test('is 200 with version and snapshot when a plan is live', async () => {
      const answer = await on.gateway.fetch('/__health')
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
      expect(await answer.json()).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        snapshot: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
    })

    test('answers HEAD, and nothing else', async () => {
      expect((await on.gateway.fetch('/__health', { method: 'HEAD' })).status).toBe(200)
      const posted = await on.gateway.fetch('/__health', { method: 'POST', body: '{}' })
      expect([404, 405]).toContain(posted.status)
    })
  })
}

function metrics(host: Host): void {
  const on = useFixture(host)
  const expose = async () => {
    const answer = await on.gateway.fetch('/__metrics')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    return answer.text()
  }

  describe('/__metrics', () => {
    test('counts requests by route, exactly', async () => {
      const before = countOf(await expose(), 'colon syntax')
      for (let i = 0; i < 5; i++) await on.gateway.fetch('/colon/a/b')
      await expect
        .poll(async () => countOf(await expose(), 'colon syntax'), { timeout: 5000, interval: 100 })
        .toBe(before + 5)
    })

    test('is well-formed text whose labels come from the plan alone', async () => {
      const key = freshKey()
      await on.gateway.fetch(`/nowhere/${key}`)
      await on.gateway.fetch(`/items/${key}?q=${key}`, { headers: { 'User-Agent': key } })
      const text = await expose()
      expectNoInternals(text)
      expect(text).not.toContain(key)
      const sample = /^[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)*\})? (\+Inf|NaN|[\d.e+-]+)$/
      for (const line of text.trimEnd().split('\n')) {
        expect(line.startsWith('# ') || sample.test(line), line).toBe(true)
      }
    })
  })
}

/** Sum of the request counter over all label sets of a route. */
function countOf(text: string, route: string): number {
  const lines = text.split('\n').filter((line) => /^[a-z_]*requests_total\{/.test(line))
  return lines
    .filter((line) => line.includes(`route="${route}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

function closed(host: Host): void {
  const on = useFixture(host)
  describe('other paths that begin with two underscores', () => {
    test.each([
      '/__unknown',
      '/__swap',
      '/__live-swap',
      '/__',
      '/__proto__',
      '/__health/x',
      '/__HEALTH',
    ])('%s is no route', async (path) => {
      const answer = await on.gateway.fetch(path)
      expect([301, 404]).toContain(answer.status)
      if (answer.status === 404) await problemOf(answer)
    })

    test.each(['/', '/__swap', '/LiveSwap', '/cdn-cgi/handler/LiveSwap'])(
      'a plan posted to %s is not taken',
      async (path) => {
        const body = JSON.stringify({ plan: {}, values: {} })
        for (const secret of ['', 'undefined', 'null']) {
          const headers = { Authorization: `Bearer ${secret}` }
          const answer = await on.gateway.fetch(path, { method: 'POST', headers, body })
          expect([401, 404, 405]).toContain(answer.status)
        }
        expect((await on.gateway.fetch('/items/1')).status).toBe(200)
      },
    )
  })

  describeOn(host, 'socket', 'reserved paths on the wire', () => {
    test.each(['/%5F%5Fhealth', '/_%5fmetrics', '//__health', '/__health%2f..', '/x/../__metrics'])(
      '%s is not a way around',
      async (target) => {
        const answer = await on.wire.ask({ target })
        expect([200, 301, 400, 404]).toContain(answer.status)
        expect(answer.text).not.toContain('"server":"first"')
      },
    )
  })
}
