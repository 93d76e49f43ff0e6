import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDemo } from '../../src/cli/demo/start.ts'
import type { Demo } from '../../src/cli/demo/start.ts'
import { ask, askComponent, basic } from './client.ts'
import type { Answer, Request } from './client.ts'
import { createManualClock } from './manual-clock.ts'

const clock = createManualClock()
let demo: Demo

beforeAll(async () => {
  demo = await startDemo({ clock, creationMs: 4000 })
})
afterAll(() => demo.close())

const urlOf = (name: string) => demo.components.find((c) => c.name === name)?.url ?? ''
const askOf =
  (name: string) =>
  (path: string, request?: Request): Promise<Answer> =>
    askComponent(demo, name, path, request)

const spider = askOf('cb-spider')
const tumblebug = askOf('cb-tumblebug')
const dragonfly = askOf('cb-dragonfly')
const ladybug = askOf('cb-ladybug')
const terrarium = askOf('mc-terrarium')
const mapui = askOf('cb-mapui')

describe('credentials', () => {
  const guarded = [
    ['cb-spider', '/spider/connectionconfig'],
    ['cb-tumblebug', '/tumblebug/ns'],
    ['cb-dragonfly', '/dragonfly/config'],
    ['cb-ladybug', '/ladybug/ns/default/clusters'],
    ['mc-terrarium', '/terrarium/tr'],
  ] as const

  it.each(guarded)('%s refuses a request without credentials', async (name, path) => {
    const answer = await ask(`${urlOf(name)}${path}`)
    expect(answer.status).toBe(401)
    expect(answer.json).toEqual({ message: 'Unauthorized' })
    expect(answer.headers.get('www-authenticate')).toBe('basic realm=Restricted')
  })

  it.each(guarded)('%s takes its own credentials and no other', async (name, path) => {
    expect((await askComponent(demo, name, path)).status).toBe(200)
    for (const { name: other, username, password } of demo.components) {
      if (other === name || username === undefined) continue
      const authorization = basic(username, password ?? '')
      const answer = await ask(`${urlOf(name)}${path}`, { headers: { authorization } })
      expect(answer.status, other).toBe(401)
    }
  })

  it.each([
    ['cb-spider', '/spider/readyz', 200],
    ['cb-tumblebug', '/tumblebug/readyz', 200],
    ['cb-tumblebug', '/tumblebug/livez', 200],
    ['cb-dragonfly', '/dragonfly/healthcheck', 204],
    ['cb-ladybug', '/ladybug/healthy', 200],
    ['mc-terrarium', '/terrarium/readyz', 200],
  ] as const)('%s tells everybody whether it is ready at %s', async (name, path, status) => {
    expect((await ask(`${urlOf(name)}${path}`)).status).toBe(status)
  })
})

describe('the framework behind the Go services', () => {
  it('answers 404 for an unknown path and 405 for another method, HEAD included', async () => {
    expect(await tumblebug('/tumblebug/nothing')).toMatchObject({
      status: 404,
      json: { message: 'Not Found' },
    })
    expect((await tumblebug('/tumblebug/ns', { method: 'PATCH' })).status).toBe(405)
    expect((await spider('/spider/region', { method: 'HEAD' })).status).toBe(405)
  })

  it('allows any origin when a browser asks', async () => {
    const headers = { origin: 'http://example.org' }
    const answer = await tumblebug('/tumblebug/ns', { headers })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('CB-Spider', () => {
  it('keeps connections', async () => {
    const ConfigName = 'aws-second'
    const json = { ConfigName, ProviderName: 'AWS', RegionName: 'aws-ap-northeast-2' }
    const post = () => spider('/spider/connectionconfig', { method: 'POST', json })
    expect((await post()).json).toMatchObject({ ConfigName, RegionName: 'aws-ap-northeast-2' })
    expect(await post()).toMatchObject({ status: 500, json: { message: /exists/ } })
    const path = `/spider/connectionconfig/${ConfigName}`
    expect((await spider(path)).json).toMatchObject({ ProviderName: 'AWS' })
    expect((await spider(path, { method: 'DELETE' })).json).toEqual({ Result: 'true' })
    expect(await spider(path)).toMatchObject({
      status: 500,
      json: { message: `${ConfigName} does not exist!` },
    })
  })

  it('asks for a connection before it talks of a cloud', async () => {
    expect((await spider('/spider/vm')).json).toEqual({ message: 'connectionName is empty!' })
    const vms = await spider('/spider/vm?ConnectionName=aws-ap-northeast-2')
    expect(vms.json).toMatchObject({
      vm: [{ IId: { NameId: 'default-infra01-g1-1' }, Region: { Region: 'ap-northeast-2' } }],
    })
  })

  it('starts, suspends and terminates a VM in the time that takes', async () => {
    const json = { ConnectionName: 'gcp-asia-northeast3', ReqInfo: { Name: 'vm-1' } }
    const started = spider('/spider/vm', { method: 'POST', json })
    const at = '?ConnectionName=gcp-asia-northeast3'
    const status = async () => (await spider(`/spider/vmstatus/vm-1${at}`)).json
    await expect.poll(status).toEqual({ Status: 'Creating' })
    clock.advance(4000)
    expect((await started).json).toMatchObject({ IId: { NameId: 'vm-1' } })
    expect(await status()).toEqual({ Status: 'Running' })
    const control = await spider(`/spider/controlvm/vm-1${at}&action=suspend`)
    expect(control.json).toEqual({ Status: 'Suspending' })
    clock.advance(2000)
    expect(await status()).toEqual({ Status: 'Suspended' })
  })
})

describe('CB-Tumblebug', () => {
  it('creates, changes and deletes namespaces', async () => {
    const json = { name: 'ns-1', description: 'first' }
    const post = () => tumblebug('/tumblebug/ns', { method: 'POST', json })
    expect((await post()).json).toMatchObject({ resourceType: 'ns', id: 'ns-1', name: 'ns-1' })
    expect(await post()).toMatchObject({
      status: 500,
      json: { message: 'CreateNs(); The namespace ns-1 already exists.' },
    })
    const put = { method: 'PUT', json: { description: 'second' } }
    expect((await tumblebug('/tumblebug/ns/ns-1', put)).json).toMatchObject({
      description: 'second',
    })
    await tumblebug('/tumblebug/ns/ns-1', { method: 'DELETE' })
    expect(await tumblebug('/tumblebug/ns/ns-1')).toMatchObject({
      status: 404,
      json: { message: 'Not valid namespace' },
    })
  })

  it('refuses a request id that it has seen, and does not say why', async () => {
    const headers = { 'x-request-id': 'once' }
    const first = await tumblebug('/tumblebug/ns', { headers })
    expect(first.headers.get('x-request-id')).toBe('once')
    expect(await tumblebug('/tumblebug/ns', { headers })).toMatchObject({
      status: 500,
      json: { message: 'Internal Server Error' },
    })
    await tumblebug('/tumblebug/readyz', { headers })
    expect((await tumblebug('/tumblebug/readyz', { headers })).status).toBe(200)
  })

  it('answers the creation of an infra when its nodes are up, one after the other', async () => {
    const created = tumblebug('/tumblebug/ns/default/infraDynamic', {
      method: 'POST',
      json: {
        name: 'slow',
        nodeGroups: [{ name: 'g1', nodeGroupSize: 2, specId: 'gcp+asia-northeast3+small' }],
      },
    })
    const status = async () => {
      const { json } = await tumblebug('/tumblebug/ns/default/infra/slow?option=status')
      return (json as { status?: { status: string } }).status?.status
    }
    await expect.poll(status).toBe('Creating:2 (R:0/2)')
    clock.advance(2000)
    expect(await status()).toBe('Partial-Creating:1 (R:1/2)')
    clock.advance(2000)
    expect((await created).json).toMatchObject({
      status: 'Running:2 (R:2/2)',
      node: [{ id: 'g1-1', connectionName: 'gcp-asia-northeast3' }, { id: 'g1-2' }],
    })
    const old = await tumblebug('/tumblebug/ns/default/mcis/slow')
    expect(old.json).toMatchObject({ id: 'slow', vm: [{ id: 'g1-1' }, { id: 'g1-2' }] })
  })

  it('controls an infra with a GET, also by its path of 2021', async () => {
    const control = '/tumblebug/ns/default/control'
    const suspended = await tumblebug(`${control}/infra/infra01?action=suspend`)
    expect(suspended.json).toEqual({ message: 'Success: suspend is requested' })
    clock.advance(2000)
    const infra = await tumblebug('/tumblebug/ns/default/infra/infra01')
    expect(infra.json).toMatchObject({ status: 'Suspended:3 (R:0/3)' })
    await tumblebug(`${control}/mcis/infra01?action=resume`)
    clock.advance(2000)
    const mcis = await tumblebug('/tumblebug/ns/default/mcis/infra01')
    expect(mcis.json).toMatchObject({ status: 'Running:3 (R:3/3)' })
    expect((await tumblebug(`${control}/infra/infra01?action=explode`)).status).toBe(500)
  })

  it('keeps networks and keys', async () => {
    const path = '/tumblebug/ns/default/resources/vNet'
    const json = { name: 'vnet-1', cidrBlock: '10.9.0.0/16' }
    await tumblebug(path, { method: 'POST', json })
    expect((await tumblebug(`${path}/vnet-1`)).json).toMatchObject({ cidrBlock: '10.9.0.0/16' })
    expect((await tumblebug(path)).json).toMatchObject({ vNet: expect.any(Array) })
    expect((await tumblebug(`${path}/vnet-1`, { method: 'DELETE' })).status).toBe(200)
    expect((await tumblebug(`${path}/vnet-1`)).status).toBe(500)
  })
})

describe('CB-Dragonfly', () => {
  const metric = '/dragonfly/ns/default/mcis/infra01/vm/g1-1/metric/cpu/info'

  it('measures values that change with time', async () => {
    const first = await dragonfly(metric)
    expect(first.json).toMatchObject({ name: 'cpu', values: expect.any(Array) })
    clock.advance(1000)
    expect((await dragonfly(metric)).text).not.toBe(first.text)
  })

  it('answers arrays for alerts and 404 for what it does not know', async () => {
    expect((await dragonfly('/dragonfly/alert/tasks')).json).toMatchObject([{ name: 'cpu-high' }])
    expect((await dragonfly('/dragonfly/alert/task/none')).status).toBe(404)
    expect((await dragonfly(metric.replace('g1-1', 'g9-9'))).status).toBe(404)
  })

  it('changes its policy by a form', async () => {
    const body = new URLSearchParams({ mcis_agent_interval: '7' })
    const changed = await dragonfly('/dragonfly/config', { method: 'PUT', body })
    expect(changed.json).toMatchObject({ mcis_agent_interval: 7 })
    await dragonfly('/dragonfly/config/reset', { method: 'PUT' })
    expect((await dragonfly('/dragonfly/config')).json).toMatchObject({ mcis_agent_interval: 2 })
  })
})

describe('CB-Ladybug', () => {
  it('provisions a cluster in the time that takes', async () => {
    const path = '/ladybug/ns/default/clusters'
    const created = ladybug(path, { method: 'POST', json: { name: 'cluster02' } })
    const phase = async () => (await ladybug(`${path}/cluster02`)).json
    await expect.poll(phase).toMatchObject({ status: { phase: 'Provisioning' } })
    clock.advance(4000)
    expect((await created).json).toMatchObject({ status: { phase: 'Provisioned' } })
    expect((await ladybug(`${path}/cluster02/nodes/cluster02-w-1`)).json).toMatchObject({
      role: 'worker',
    })
    expect(await ladybug(`${path}/none`)).toMatchObject({
      status: 404,
      json: { kind: 'Status', code: 404 },
    })
  })
})

describe('mc-terrarium', () => {
  it('issues and erases terrariums', async () => {
    const json = { name: 'tr02', description: 'a database' }
    await terrarium('/terrarium/tr', { method: 'POST', json })
    expect((await terrarium('/terrarium/tr')).json).toMatchObject([{ id: 'tr01' }, { id: 'tr02' }])
    const erased = await terrarium('/terrarium/tr/tr02', { method: 'DELETE' })
    expect(erased.json).toMatchObject({ success: true })
    expect(await terrarium('/terrarium/tr/tr02')).toMatchObject({
      status: 400,
      json: { success: true, message: 'no terrarium with the given ID (trId: tr02)' },
    })
  })
})

describe('CB-MapUI', () => {
  it('serves a page, its assets and a redirect from the root', async () => {
    const root = await mapui('/', { redirect: 'manual' })
    expect([root.status, root.headers.get('location')]).toEqual([302, '/mapui/'])
    const page = await mapui('/mapui/')
    expect(page.text).toContain('assets/index.js')
    expect((await mapui('/mapui/assets/none.js')).status).toBe(404)
  })

  it('knows entity tags and ranges', async () => {
    const path = '/mapui/assets/index.css'
    const whole = await mapui(path)
    const etag = whole.headers.get('etag') ?? ''
    const known = await mapui(path, { headers: { 'if-none-match': etag } })
    expect([known.status, known.text]).toEqual([304, ''])
    const ranges = [
      ['bytes=0-3', 206, 'body'],
      ['bytes=-6', 206, whole.text.slice(-6)],
      ['bytes=9999-', 416, ''],
    ] as const
    for (const [range, status, text] of ranges) {
      const part = await mapui(path, { headers: { range } })
      expect([part.status, part.text], range).toEqual([status, text])
    }
  })
})
