import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from './client.ts'
import { startStage } from './gateway.ts'
import type { Stage } from './gateway.ts'
import { createManualClock } from './manual-clock.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage({ clock: createManualClock() })
}, 30_000)
afterAll(() => stage.close())

const CONNECTIONS = ['aws-ap-northeast-2', 'gcp-asia-northeast3', 'azure-koreacentral']

describe('the dashboard', () => {
  it('is one answer of five components that demand different credentials', async () => {
    const { status, headers, json } = await ask(`${stage.url}/dashboard/default`)
    expect([status, headers.get('x-cb-restapigw-completed')]).toEqual([200, 'true'])
    expect(json).toEqual({
      namespace: { id: 'default', description: 'Default' },
      infra: [expect.objectContaining({ id: 'infra01', status: 'Running:3 (R:3/3)' })],
      connections: CONNECTIONS.map((ConfigName) => expect.objectContaining({ ConfigName })),
      clusters: [expect.objectContaining({ name: 'cluster01' })],
      terrariums: [expect.objectContaining({ id: 'tr01' })],
      alerts: [expect.objectContaining({ name: 'cpu-high' })],
    })
  })

  it('works with a request id of the client, which CB-Tumblebug takes only once', async () => {
    const headers = { 'x-request-id': 'a-dashboard' }
    const answer = await ask(`${stage.url}/dashboard/default`, { headers })
    expect(answer.json).toHaveProperty('namespace')
    expect(answer.json).toHaveProperty('infra')
  })

  it('shows no secret of a component', async () => {
    expect((await ask(`${stage.url}/dashboard/default`)).text).not.toMatch(
      /STAND-IN KEY|clusterConfig/,
    )
  })

  it('loses only the part of a component that is down', async () => {
    const down = await startStage({}, { TERRARIUM_URL: 'http://127.0.0.1:9' })
    try {
      const { status, headers, json, text } = await ask(`${down.url}/dashboard/default`)
      expect([status, headers.get('x-cb-restapigw-completed')]).toEqual([200, 'false'])
      expect(json).toMatchObject({
        namespace: { id: 'default' },
        clusters: [{ name: 'cluster01' }],
        error_terrariums: { http_status_code: 502 },
      })
      expect(json).not.toHaveProperty('terrariums')
      expect(text).not.toContain('127.0.0.1')
    } finally {
      await down.close()
    }
  }, 30_000)
})

describe('the chain', () => {
  it('goes from an infra to a node to its connection to the region of that', async () => {
    const { status, headers, json } = await ask(`${stage.url}/where/default/infra01`)
    expect([status, headers.get('x-cb-restapigw-completed')]).toEqual([200, 'true'])
    expect(json).toMatchObject({
      id: 'infra01',
      status: 'Running:3 (R:3/3)',
      connectionName: 'aws-ap-northeast-2',
      ProviderName: 'AWS',
      region: { RegionName: 'aws-ap-northeast-2', AvailableZoneList: ['ap-northeast-2a'] },
    })
  })

  it('ends at the first no', async () => {
    expect((await ask(`${stage.url}/where/default/none`)).status).toBe(500)
  })
})

describe('the flat table', () => {
  it('lifts what matters out of each node', async () => {
    const { status, json } = await ask(`${stage.url}/nodes/default/infra01`)
    expect(status).toBe(200)
    const { nodes } = json as { nodes: readonly Readonly<Record<string, unknown>>[] }
    expect(nodes.map(({ id, provider, zone }) => [id, provider, zone])).toEqual([
      ['g1-1', 'aws', 'ap-northeast-2a'],
      ['g2-1', 'gcp', 'asia-northeast3-a'],
      ['g3-1', 'azure', '1'],
    ])
    expect(nodes[0]).toHaveProperty('address')
    expect(nodes[0]).not.toHaveProperty('connectionConfig')
  })
})

describe('the public status', () => {
  it('may be asked a few times, and tells what is left', async () => {
    const answers = []
    for (let i = 0; i < 4; i++) answers.push(await ask(`${stage.url}/public/default`))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429])
    expect(answers[0]?.json).toMatchObject({ infra: [{ id: 'infra01' }] })
    expect(answers[0]?.headers.get('ratelimit')).toMatch(
      /^"visitor";r=2;t=5, "visitor-day";r=\d+;t=\d+, "endpoint";r=49;t=1$/,
    )
    expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('the checked namespace', () => {
  const create = (body: unknown) => ask(`${stage.url}/checked/ns`, { method: 'POST', json: body })

  it('is made of what fits', async () => {
    const { status, json } = await create({ name: 'checked', description: 'from a test' })
    expect([status, json]).toEqual([200, expect.objectContaining({ id: 'checked' })])
  })

  it.each([
    ['no name', {}, 400],
    ['a name that CB-Tumblebug does not take', { name: 'Not-This' }, 400],
    ['what it does not know', { name: 'other', uid: 'mine' }, 400],
    ['more than it needs', { name: 'other', description: 'x'.repeat(5000) }, 413],
  ])('is not made of %s', async (_, body, status) => {
    expect((await create(body)).status).toBe(status)
    expect((await ask(`${stage.url}/tumblebug/ns/other`)).status).toBe(404)
  })
})
