import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, askComponent } from './client.ts'
import type { Request } from './client.ts'
import { echoThrough, exerciseS3, readEvents } from './exchanges.ts'
import { startStage } from './gateway.ts'
import type { Stage } from './gateway.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage({ creationMs: 2500 })
}, 30_000)
afterAll(() => stage.close())

const through = (path: string, request?: Request) => ask(`${stage.url}${path}`, request)

describe('the bypass routes', () => {
  it.each([
    ['cb-spider', '/spider/connectionconfig'],
    ['cb-spider', '/spider/vm?ConnectionName=gcp-asia-northeast3'],
    ['cb-tumblebug', '/tumblebug/ns/default/infra?option=status'],
    ['cb-tumblebug', '/tumblebug/ns/default/mcis?option=id'],
    ['mc-terrarium', '/terrarium/tr/tr01'],
    ['cb-dragonfly', '/dragonfly/alert/tasks'],
    ['cb-ladybug', '/ladybug/ns/default/clusters'],
    ['cb-mapui', '/mapui/'],
    ['cb-mapui', '/mapui/assets/index.js'],
  ])('%s answers %s byte for byte', async (component, path) => {
    const [answer, original] = await Promise.all([
      through(path),
      askComponent(stage.demo, component, path),
    ])
    expect(answer.status).toBe(200)
    expect(answer.text).toBe(original.text)
    expect(answer.headers.get('content-type')).toBe(original.headers.get('content-type'))
  })

  it('carry every method and its body', async () => {
    const json = { name: 'through', description: 'first' }
    const created = await through('/tumblebug/ns', { method: 'POST', json })
    expect(created.json).toMatchObject({ id: 'through' })
    const put = { method: 'PUT', json: { description: 'second' } }
    expect((await through('/tumblebug/ns/through', put)).json).toMatchObject({
      description: 'second',
    })
    expect((await through('/tumblebug/ns/through', { method: 'DELETE' })).status).toBe(200)
    expect((await through('/tumblebug/ns/through')).status).toBe(404)
  })

  it('hand on errors as the component words them', async () => {
    expect(await through('/spider/region/none')).toMatchObject({
      status: 500,
      json: { message: 'none does not exist!' },
    })
    expect((await through('/tumblebug/ns', { method: 'PATCH' })).status).toBe(405)
  })

  it('wait for an infra longer than the default timeout', async () => {
    const started = Date.now()
    const { status, json } = await through('/tumblebug/ns/default/infraDynamic', {
      method: 'POST',
      json: { name: 'waited', nodeGroups: [{ specId: 'gcp+asia-northeast3+small' }] },
    })
    expect(Date.now() - started).toBeGreaterThan(2400)
    expect([status, json]).toMatchObject([200, { status: 'Running:1 (R:1/1)' }])
  }, 15_000)

  it('hand on a request id, so CB-Tumblebug refuses the second use', async () => {
    const headers = { 'x-request-id': 'twice' }
    const first = await through('/tumblebug/ns', { headers })
    expect([first.status, first.headers.get('x-request-id')]).toEqual([200, 'twice'])
    expect((await through('/tumblebug/ns', { headers })).status).toBe(500)
  })

  it('replace whatever credentials the client has by the right ones', async () => {
    const headers = { authorization: 'Basic d3Jvbmc6d3Jvbmc=' }
    expect((await through('/tumblebug/ns', { headers })).status).toBe(200)
  })

  it('let one origin pass, though the component lets all', async () => {
    const origin = 'http://localhost:1324'
    const { headers } = await through('/tumblebug/ns', { headers: { origin } })
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    const other = await through('/tumblebug/ns', { headers: { origin: 'http://evil.example' } })
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('serve pages with entity tags, ranges and redirects', async () => {
    const path = '/mapui/assets/index.css'
    const etag = (await through(path)).headers.get('etag') ?? ''
    expect(etag).not.toBe('')
    expect((await through(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
    const part = await through(path, { headers: { range: 'bytes=0-3' } })
    expect([part.status, part.text]).toEqual([206, 'body'])
    expect((await through(path, { method: 'HEAD' })).text).toBe('')
    expect((await through('/mapui/map')).text).toContain('CB-MapUI')
    expect((await through('/mapui')).text).toContain('CB-MapUI')
  })

  it('stream server-sent events', async () => {
    const path = '/tumblebug/ns/default/stream/cmd/infra/infra01?xRequestId=demo'
    const events = await readEvents(`${stage.url}${path}`)
    expect(events.at(-1)).toMatchObject({ type: 'CommandDone' })
  })

  it('carry the WebSocket of the terminal', async () => {
    const url = `${stage.url}/spider/adminweb/sshwebterminal/ws`
    expect(await echoThrough(url)).toEqual(['ls -l', '010203'])
  })

  it('leave signed S3 requests as they are', () => exerciseS3(stage.url, stage.demo))

  it('write no secret into the log', async () => {
    await through('/spider/connectionconfig')
    const secrets = Object.entries(stage.demo.values)
      .filter(([name]) => name.endsWith('_PASSWORD'))
      .map(([, value]) => value)
    await expect.poll(() => stage.log.length).toBeGreaterThan(0)
    const written = [...stage.log, ...stage.notes].join('\n')
    expect(secrets.filter((secret) => written.includes(secret))).toEqual([])
  })
})
