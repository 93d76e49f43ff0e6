import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { startSharedState, type SharedState } from '../hosts/shared-state.ts'

/** A budget that a busy machine keeps. */
const PATIENT = 'budget: 5s'

const endpoint = (name: string, limit: string) => `
  - name: ${name}
    endpoint: /${name}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    middleware: {mw-ratelimit: {${limit}}}
    backend: [{url_pattern: /${name}}]`

const configuration = {
  system: 'version: 1\nname: shared\nmetrics: {public: true}\n',
  apis: {
    'limits.yaml': `
definitions:${[
      endpoint('once', `${PATIENT}, rules: [{name: once, rate: 0.001, capacity: 20}]`),
      endpoint(
        'leased',
        `${PATIENT}, mode: leased, rules: [{name: leased, rate: 0.001, capacity: 50}]`,
      ),
      endpoint('steady', `${PATIENT}, max_rate: 20`),
      endpoint(
        'daily',
        `${PATIENT}, rules: [{name: daily, keys: [{header: X-Client}], quota: {day: 20}}]`,
      ),
      endpoint('open', 'max_rate: 0.001'),
      endpoint('closed', 'max_rate: 0.001, on_error: closed'),
    ].join('')}
`,
  },
}

let shared: SharedState

beforeAll(async () => {
  shared = await startSharedState(configuration, { UPSTREAM_URL: inject('upstreams').first })
}, 30_000)
afterAll(() => shared.close())

/** Statuses of so many requests, half of them through each gateway, all at once. */
async function ask(path: string, count: number): Promise<readonly number[]> {
  const asked = Array.from({ length: count }, async (_, i) => {
    const answer = await shared.gateways[i % 2]?.fetch(path, { headers: { 'x-client': 'a' } })
    await answer?.text()
    return answer?.status ?? 0
  })
  return Promise.all(asked)
}

const passed = (statuses: readonly number[]): number =>
  statuses.filter((status) => status === 200).length

describe('two gateways with one state process', () => {
  test('admit together exactly what one would', async () => {
    const statuses = await ask('/once', 60)
    expect(passed(statuses)).toBe(20)
    expect(statuses.filter((status) => status === 503)).toHaveLength(40)
  })

  test('lease together no more than there is', async () => {
    const rounds: number[] = []
    for (let i = 0; i < 10; i++) rounds.push(passed(await ask('/leased', 20)))
    const sum = rounds.reduce((total, count) => total + count)
    expect(sum).toBeLessThanOrEqual(50)
    expect(sum).toBeGreaterThan(30)
  })

  test('admit the rate of one over time', async () => {
    const start = performance.now()
    let admitted = 0
    while (performance.now() - start < 2000) admitted += passed(await ask('/steady', 10))
    const seconds = (performance.now() - start) / 1000
    expect(admitted).toBeLessThanOrEqual(20 + 20 * seconds)
    expect(admitted).toBeGreaterThan(20 + 20)
  })

  test('without it do what each rule says, and tell', async () => {
    expect(passed(await ask('/daily', 14))).toBe(14)
    await shared.killState()
    expect(passed(await ask('/open', 10))).toBe(10)
    expect(await ask('/closed', 2)).toEqual([503, 503])
    expect(await ask('/daily', 2)).toEqual([503, 503])
    const line = shared.gateways[0]?.lines.findLast((entry) => entry.includes('"route":"open"'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      status: 200,
      limits: [{ rule: 'endpoint', outcome: 'open' }],
      error: expect.stringMatching(/^rate limit "endpoint": /),
    })
  })

  test('find every count again when it was killed and comes back', async () => {
    await shared.startState()
    let admitted = 14
    // What failed is asked again after a second.
    await vi.waitFor(
      async () => {
        const statuses = await ask('/daily', 4)
        admitted += passed(statuses)
        expect(statuses).toEqual([429, 429, 429, 429])
      },
      { timeout: 15_000, interval: 300 },
    )
    expect(admitted).toBe(20)
    expect(passed(await ask('/once', 4))).toBe(0)
    const metrics = await vi.waitFor(
      async () => {
        const text = await (await shared.gateways[0]?.fetch('/__metrics'))?.text()
        expect(text).toMatch(
          /cb_bridge_limits_total\{route="open",rule="endpoint",outcome="open"\} 10/,
        )
        return text
      },
      { timeout: 15_000, interval: 500 },
    )
    expect(metrics).toMatch(
      /cb_bridge_limits_total\{route="closed",rule="endpoint",outcome="closed"\} 2/,
    )
  }, 60_000)
})
