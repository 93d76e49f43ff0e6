import { afterAll, beforeAll, expect, test } from 'vitest'
import { RealGateway } from './gateway.ts'
import { GUARDED, type Spider, startSpider } from './spider.ts'
import { describeOnCluster, TestStack } from './stack.ts'
import { ask, countOf, unbearable, underTraffic } from './traffic.ts'

const SPIDER = 'cb-spider'
const NAMES = [SPIDER, 'cb-spider-s3']

describeOnCluster('a stack with a gateway', () => {
  const stack = new TestStack()
  const gateway = new RealGateway()
  let spider: Spider
  let settings: object

  beforeAll(async () => {
    spider = await startSpider()
    await gateway.start()
    process.env['CB_BRIDGE_BOOTSTRAP'] = gateway.bootstrap
    settings = { gateway: { url: gateway.url }, addresses: { [SPIDER]: spider.url } }
  })
  afterAll(async () => {
    delete process.env['CB_BRIDGE_BOOTSTRAP']
    delete process.env['CB_BRIDGE_TOKEN']
    await stack.remove()
    await gateway.stop()
    await spider.close()
  })

  /** States of its upstreams, as the gateway tells them; those that are not there are left out. */
  const upstreams = async () => {
    const registry = await gateway.registry()
    const found = await Promise.all(NAMES.map((name) => registry.find(name)))
    return found.flatMap((live) => (live === undefined ? [] : [live.drain.state]))
  }
  /** Traffic through the gateway for as long as something is done. */
  const during = async <T>(work: () => Promise<T>) => {
    const { result, answers } = await underTraffic(gateway.url + GUARDED, work)
    expect(unbearable(answers)).toEqual([])
    return { result, counts: countOf(answers) }
  }

  test('never publishes a component that answers 503, though its pods are ready', async () => {
    spider.isReady = false
    const { error } = await stack.up({ ...settings, bounds: { [SPIDER]: '4s' } })
    expect(error).toContain('"cb-spider" is not published')
    expect(stack.object('deployment', SPIDER).status?.['readyReplicas']).toBe(1)
    expect(await upstreams()).toEqual([])
    expect(await ask(gateway.url + GUARDED)).toMatchObject({ status: 502 })
  })

  test('publishes it when it is ready, with its credentials, and asks for nothing twice', async () => {
    spider.isReady = true
    delete process.env['CB_BRIDGE_BOOTSTRAP']
    expect(await stack.up(settings)).toMatchObject({ error: undefined })
    expect(await upstreams()).toEqual(['open', 'open'])
    const { data = {} } = stack.object('secret', SPIDER)
    expect(await ask(gateway.url + GUARDED)).toMatchObject({ status: 401 })
    spider.password = Buffer.from(data['api-password'] ?? '', 'base64').toString()
    expect(await ask(gateway.url + GUARDED)).toMatchObject({ status: 200 })
    expect(await stack.preview(settings)).toMatchObject({ error: undefined, changes: {} })
  })

  test('takes it from the traffic while its pods are replaced, and gives it back when they are ready', async () => {
    const changed = { ...settings, environment: { [SPIDER]: { SPIDER_LOG_LEVEL: 'debug' } } }
    const { result, counts } = await during(() => stack.up(changed))
    expect(result.error).toBeUndefined()
    expect(result.steps).toEqual([`update ConfigMap ${SPIDER}`, `update Deployment ${SPIDER}`])
    expect(counts).toEqual({
      200: expect.any(Number) as number,
      'upstream-draining': expect.any(Number) as number,
    })
    expect(await upstreams()).toEqual(['open', 'open'])
    expect(await ask(gateway.url + GUARDED)).toMatchObject({ status: 200 })
  })

  test('gives it back when its new pods do not come, as far as it answers', async () => {
    const image = { images: { [SPIDER]: 'example.org/never-ready:1' }, bounds: { [SPIDER]: '5s' } }
    const { result, counts } = await during(() => stack.up({ ...settings, ...image }))
    expect(result.error).toBeDefined()
    expect(result.steps).toContain(`update Deployment ${SPIDER}`)
    expect(counts).toMatchObject({ 'upstream-draining': expect.any(Number) as number })
    expect(await upstreams()).toEqual(['open', 'open'])
    expect(await ask(gateway.url + GUARDED)).toMatchObject({ status: 200 })
    expect(await stack.up(settings)).toMatchObject({ error: undefined })
  })

  test('stopped, keeps claims and Secrets; started again, uses them', async () => {
    const kept = () =>
      stack
        .objects('secrets,pvc')
        .map(({ kind, metadata, data }) => [kind, metadata.name, metadata.uid, data])
    const before = kept()
    const stopping = await during(() => stack.up(settings, { target: 'stopped' }))
    expect(stopping.result).toMatchObject({ error: undefined })
    expect(stopping.counts).toMatchObject({ 200: expect.any(Number) as number })
    expect(stack.objects('deployments,statefulsets,services,configmaps')).toEqual([
      expect.objectContaining({ metadata: expect.objectContaining({ name: 'kube-root-ca.crt' }) }),
    ])
    expect(await upstreams()).toEqual([])
    expect(await ask(gateway.url + GUARDED)).toMatchObject({ problem: 'upstream-closed' })
    expect(kept()).toEqual(before)
    const starting = await during(() => stack.up(settings))
    expect(starting.result).toMatchObject({ error: undefined })
    expect(kept()).toEqual(before)
    expect(await upstreams()).toEqual(['open', 'open'])
    expect(await ask(gateway.url + GUARDED)).toMatchObject({ status: 200 })
  })

  test('finds its Secrets and objects again when its state is lost', async () => {
    const objects = () =>
      stack
        .objects('secrets,pvc,deployments,statefulsets,services')
        .map(({ kind, metadata, data }) => [kind, metadata.name, metadata.uid, data])
    const before = objects()
    await stack.forget()
    process.env['CB_BRIDGE_TOKEN'] = await gateway.token()
    expect(await stack.up(settings)).toMatchObject({ error: undefined })
    delete process.env['CB_BRIDGE_TOKEN']
    expect(objects()).toEqual(before)
    expect(await ask(gateway.url + GUARDED)).toMatchObject({ status: 200 })
  })

  test('leaves nothing at the gateway when it is destroyed', async () => {
    const { result, counts } = await during(() => stack.destroy())
    expect(result).toMatchObject({ error: undefined })
    expect(counts).toMatchObject({ 200: expect.any(Number) as number })
    expect(await upstreams()).toEqual([])
    expect(await ask(gateway.url + GUARDED)).toMatchObject({ problem: 'upstream-closed' })
  })
})
