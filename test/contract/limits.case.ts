import { describe, expect, test } from 'vitest'
import { freshKey } from '../support/script.ts'
import type { Configuration, Host } from './host.ts'
import {
  describeOn,
  expectStamp,
  fixtureValues,
  problemOf,
  type Stage,
  useConfiguration,
} from './stage.ts'

/** A rate at which no token comes back while the tests run; the budgets are such that a busy machine keeps them. */
const SLOW = 0.001

const configuration = (description = ''): Configuration => ({
  system: 'version: 1\nname: limits\ntimeout: 10s\nmetrics: {public: true}\n',
  apis: {
    'limits.yaml': `
definitions:
  - name: in all
    endpoint: /all/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    middleware: {mw-ratelimit: {budget: 5s, rules: [{name: all, rate: ${SLOW}, capacity: 3}]}}
    backend: [{url_pattern: "/{key}"}]
  - name: by address
    endpoint: /address/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    middleware: {mw-ratelimit: {budget: 5s, client_max_rate: ${SLOW}}}
    backend: [{url_pattern: "/{key}"}]
  - name: by header
    endpoint: /header/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    middleware: {mw-ratelimit: {budget: 5s, clientMaxRate: ${SLOW}, strategy: header, key: X-Client, headers: both}}
    backend: [{url_pattern: "/{key}"}]
  - name: leased
    endpoint: /leased/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    middleware: {mw-ratelimit: {budget: 5s, rules: [{name: leased, quota: {day: 20}, mode: leased}]}}
    backend: [{url_pattern: "/{key}"}]
  - name: daily
    endpoint: /daily/{key}
    timeout: 9s
    hosts: [{host: "\${UPSTREAM_URL}"}]
    middleware: {mw-ratelimit: {budget: 5s, rules: [{name: daily, keys: [{header: X-Client}], quota: {day: 2}}]}}
    backend: [{url_pattern: "/{key}", group: "${description || 'plain'}"}]
  - name: one backend
    endpoint: /backend/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend:
      - {url_pattern: "/{key}", middleware: {mw-ratelimit: {budget: 5s, max_rate: ${SLOW}, capacity: 2}}}
  - name: streamed backend
    endpoint: /stream/{key}
    output_encoding: no-op
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend:
      - {url_pattern: "/{key}", encoding: no-op, middleware: {mw-ratelimit: {budget: 5s, max_rate: ${SLOW}}}}
  - name: merged
    endpoint: /merged/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend:
      - {url_pattern: "/a/{key}", group: a}
      - {url_pattern: "/b/{key}", group: b, middleware: {mw-ratelimit: {budget: 5s, max_rate: ${SLOW}}}}
  - name: all parts limited
    endpoint: /parts/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend:
      - {url_pattern: "/a/{key}", group: a, middleware: {mw-ratelimit: {budget: 5s, max_rate: ${SLOW}}}}
      - {url_pattern: "/b/{key}", group: b, middleware: {mw-ratelimit: {budget: 5s, max_rate: ${SLOW}}}}
`,
  },
})

/** `mw-ratelimit` at endpoints and backends. Runs a gateway of its own, whose counters are new. */
export function limits(host: Host): void {
  describe('rate limits', () => {
    const on = useConfiguration(host, configuration())
    const key = freshKey()
    const ask = (path: string, headers: Record<string, string> = {}) =>
      on.gateway.fetch(`${path}/${key}`, { headers })
    const statuses = async (path: string, count: number, headers?: Record<string, string>) => {
      const answers = await Promise.all(Array.from({ length: count }, () => ask(path, headers)))
      await Promise.all(answers.map((answer) => answer.text()))
      return answers.map(({ status }) => status).toSorted((a, b) => a - b)
    }

    test('an endpoint takes exactly what it allows, at once, and refuses the rest with 503', async () => {
      expect(await statuses('/all', 10)).toEqual([200, 200, 200, ...Array(7).fill(503)])
      const refused = await ask('/all')
      expect((await problemOf(refused)).status).toBe(503)
      expectStamp(refused, false)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(refused.headers.get('ratelimit')).toMatch(/^"all";r=0;t=\d+$/)
    })

    test('the upstream sees only what was let through', async () => {
      const seen = await on.first.seen(key)
      expect(seen.filter(({ url }) => url === `/${key}`)).toHaveLength(3)
    })

    test('a client is told by an address that it cannot forge, and refused with 429', async () => {
      expect((await ask('/address')).status).toBe(200)
      const forged = {
        'x-forwarded-for': '192.0.2.1',
        'x-real-ip': '192.0.2.2',
        forwarded: 'for=192.0.2.3',
      }
      expect((await ask('/address', forged)).status).toBe(429)
    })

    test('clients are told by a header; without it the answer is 429', async () => {
      expect(await statuses('/header', 2, { 'x-client': 'a' })).toEqual([200, 429])
      const answer = await ask('/header', { 'X-CLIENT': 'b' })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('ratelimit')).toMatch(/^"client";r=0;t=\d+$/)
      expect(answer.headers.get('x-ratelimit-remaining')).toBe('0')
      expect((await problemOf(await ask('/header'))).status).toBe(429)
    })

    test('a lease grants no more than there is', async () => {
      const all = await statuses('/leased', 40)
      expect(all.filter((status) => status === 200).length).toBeLessThanOrEqual(20)
      const rest = await statuses('/leased', 40)
      expect([...all, ...rest].filter((status) => status === 200).length).toBeLessThanOrEqual(20)
    })

    test('a backend that has had enough is 503', async () => {
      expect(await statuses('/backend', 5)).toEqual([200, 200, 503, 503, 503])
      expect((await problemOf(await ask('/backend'))).status).toBe(503)
      expect(await statuses('/stream', 3)).toEqual([200, 503, 503])
    })

    test('a part of a merge that has had enough is left out; all of them are 503', async () => {
      expect(await (await ask('/merged')).json()).toMatchObject({ a: {}, b: {} })
      const partial = await ask('/merged')
      expect(partial.status).toBe(200)
      expect(Object.keys((await partial.json()) as object)).toEqual(['a'])
      expectStamp(partial, false)
      expect(await statuses('/parts', 2)).toEqual([200, 503])
    })

    test('refusals are in the log and the metrics, by endpoint and rule', async () => {
      await statuses('/all', 2)
      const lines = () => on.gateway.logs().filter((entry) => entry.includes('"route":"in all"'))
      await expect.poll(() => lines().length).toBeGreaterThanOrEqual(2)
      expect(JSON.parse(lines().at(-1) ?? '{}')).toMatchObject({
        status: 503,
        limits: [{ rule: 'all', outcome: 'refused' }],
        error: null,
        upstream: [],
      })
      const metrics = await (await on.gateway.fetch('/__metrics')).text()
      expect(metrics).toMatch(
        /cb_bridge_limits_total\{route="in all",rule="all",outcome="refused"\} \d+/,
      )
    })

    describeOn(host, 'swap', 'a swap', () => {
      test('that changes other fields keeps the counts', async () => {
        const client = { 'x-client': freshKey() }
        expect(await statuses('/daily', 2, client)).toEqual([200, 200])
        await swapTo(on, configuration('edited'))
        expect(await statuses('/daily', 1, { 'x-client': freshKey() })).toEqual([200])
        expect(await statuses('/daily', 2, client)).toEqual([429, 429])
      })
    })
  })
}

async function swapTo(on: Stage, next: Configuration): Promise<void> {
  if (on.gateway.swap === undefined) throw new Error('this host can not swap')
  expect(await on.gateway.swap(next, fixtureValues())).toEqual({ ok: true })
}
