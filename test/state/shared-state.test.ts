import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { openRaw } from '../support/raw.ts'
import { startSharedState, STATE_TOKEN, type SharedState } from '../hosts/shared-state.ts'

const configuration = {
  system: 'version: 1\nname: shared\nmetrics: {public: true}\n',
  apis: {
    'up.yaml': `
definitions:
  - name: counted
    endpoint: /counted
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: /counted}]
`,
  },
}

let shared: SharedState

beforeAll(async () => {
  shared = await startSharedState(configuration, { UPSTREAM_URL: inject('upstreams').first })
}, 30_000)
afterAll(() => shared.close())

const gateway = (index: number) => {
  const found = shared.gateways[index]
  if (found === undefined) throw new Error(`there is no gateway ${index}`)
  return found
}

async function ask(index: number, times: number): Promise<void> {
  for (let i = 0; i < times; i++) expect((await gateway(index).fetch('/counted')).status).toBe(200)
}

/** Requests of the route as a gateway's exposition sums them; undefined where it can not. */
async function counted(index: number): Promise<number | undefined> {
  const answer = await gateway(index).fetch('/__metrics')
  const text = await answer.text()
  if (answer.status !== 200) return undefined
  return Number(/^cb_bridge_requests_total\{route="counted".*\} (.+)$/m.exec(text)?.[1] ?? 0)
}

/** Counts are handed over seconds after an answer; so long may the sum take. */
const soon = (expectation: () => Promise<void>) =>
  vi.waitFor(expectation, { timeout: 15_000, interval: 300 })

describe('two gateways with one state process', () => {
  test('count together, exactly', async () => {
    await Promise.all([ask(0, 30), ask(1, 70)])
    await soon(async () => {
      expect(await counted(0)).toBe(100)
      expect(await counted(1)).toBe(100)
    })
  }, 30_000)

  test('go on without it, and lose no count when it was killed and comes back', async () => {
    await shared.killState()
    await Promise.all([ask(0, 5), ask(1, 5)])
    expect((await gateway(0).fetch('/__metrics')).status).toBe(503)
    await shared.startState()
    await soon(async () => {
      expect(await counted(0)).toBe(110)
      expect(await counted(1)).toBe(110)
    })
  }, 40_000)
})

describe('the door of the state process', () => {
  const call = (path: string, init: RequestInit = {}) =>
    fetch(shared.stateUrl + path, { method: 'POST', body: '[]', ...init })
  const authorization = `Bearer ${STATE_TOKEN}`

  test('says without a token that the process is up, and nothing else', async () => {
    expect((await fetch(`${shared.stateUrl}__health`)).status).toBe(200)
    expect((await call('METRICS/metrics-0/read')).status).toBe(401)
    const wrong = { authorization: `${authorization}x` }
    expect((await call('METRICS/metrics-0/read', { headers: wrong })).status).toBe(401)
  })

  test.each([
    ['a class that is not there', 'STORES/x/read', 404],
    ['what every JavaScript object has', 'METRICS/x/constructor', 404],
    ['what every map has', '__proto__/x/toString', 404],
    ['a method that is no port', 'METRICS/x/fetch', 404],
    ['a longer path', 'METRICS/x/read/more', 404],
  ])('opens on no %s', async (_, path, status) => {
    expect((await call(path, { headers: { authorization } })).status).toBe(status)
  })

  test('refuses what is no list of arguments', async () => {
    for (const body of ['{}', '[', '']) {
      expect((await call('METRICS/x/read', { headers: { authorization }, body })).status).toBe(400)
    }
  })

  test('does not wait for a call of unknown or immense length', async () => {
    const head = `POST /METRICS/x/read HTTP/1.1\r\nHost: state\r\nAuthorization: ${authorization}\r\n`
    for (const [length, status] of [
      ['Transfer-Encoding: chunked', 411],
      ['Content-Length: 99999999999', 413],
    ] as const) {
      const connection = await openRaw(shared.stateUrl)
      connection.write(`${head}${length}\r\n\r\n`)
      const received = await connection.until((bytes) => bytes.includes('\r\n\r\n'))
      expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      connection.close()
    }
  })

  test('is not on a gateway', async () => {
    const answer = await fetch(`${gateway(0).url}METRICS/metrics-0/read`, {
      method: 'POST',
      headers: { authorization },
      body: '[]',
    })
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  })
})
