import { afterAll, beforeAll, expect, test } from 'vitest'
import { component, StandInGateway } from '../../infra/wiring/gateway.fixture.ts'
import { describeOnCluster, TestStack } from './stack.ts'

const SPIDER = 'cb-spider'

describeOnCluster('a stack with a gateway', () => {
  const stack = new TestStack()
  const gateway = new StandInGateway()
  let spider: Awaited<ReturnType<typeof component>>
  let settings: object

  beforeAll(async () => {
    spider = await component()
    const url = await gateway.start()
    gateway.bootstrap = 'once'
    process.env['CB_BRIDGE_BOOTSTRAP'] = 'once'
    settings = { gateway: { url }, addresses: { [SPIDER]: spider.url } }
  })
  afterAll(async () => {
    await stack.remove()
    gateway.stop()
    spider.stop()
  })

  const changes = () => gateway.log.filter((line) => !line.startsWith('GET'))

  test('never publishes a component that answers 503, though its pods are ready', async () => {
    spider.state.status = 503
    const { error } = await stack.up({ ...settings, bounds: { [SPIDER]: '4s' } })
    expect(error).toContain('"cb-spider" is not published')
    expect(stack.object('deployment', SPIDER).status?.['readyReplicas']).toBe(1)
    expect(gateway.upstreams.size).toBe(0)
  })

  test('publishes it when it is ready, and asks for nothing twice', async () => {
    spider.state.status = 200
    expect(await stack.up(settings)).toMatchObject({ error: undefined })
    expect([...gateway.upstreams.keys()].toSorted()).toEqual(['cb-spider', 'cb-spider-s3'])
    delete process.env['CB_BRIDGE_BOOTSTRAP']
    expect(await stack.preview(settings)).toMatchObject({ error: undefined, changes: {} })
  })

  test('takes it from the traffic while its pods are replaced, and gives it back when they are ready', async () => {
    gateway.log.length = 0
    const { error, steps } = await stack.up({
      ...settings,
      environment: { [SPIDER]: { SPIDER_LOG_LEVEL: 'debug' } },
    })
    expect(error).toBeUndefined()
    expect(steps).toEqual([`update ConfigMap ${SPIDER}`, `update Deployment ${SPIDER}`])
    expect(changes().toSorted()).toEqual([
      'POST upstreams/cb-spider-s3/drain',
      'POST upstreams/cb-spider/drain',
      'PUT upstreams/cb-spider',
      'PUT upstreams/cb-spider-s3',
    ])
    expect([...gateway.upstreams.values()].map(({ isDraining }) => isDraining)).toEqual([
      false,
      false,
    ])
  })

  test('stopped, keeps claims and Secrets; started again, uses them', async () => {
    const kept = () =>
      stack
        .objects('secrets,pvc')
        .map(({ kind, metadata, data }) => [kind, metadata.name, metadata.uid, data])
    const before = kept()
    expect(await stack.up(settings, { target: 'stopped' })).toMatchObject({ error: undefined })
    expect(stack.objects('deployments,statefulsets,services,configmaps')).toEqual([
      expect.objectContaining({ metadata: expect.objectContaining({ name: 'kube-root-ca.crt' }) }),
    ])
    expect(gateway.upstreams.size).toBe(0)
    expect(kept()).toEqual(before)
    expect(await stack.up(settings)).toMatchObject({ error: undefined })
    expect(kept()).toEqual(before)
    expect(gateway.upstreams.size).toBe(2)
  })

  test('finds its Secrets and objects again when its state is lost', async () => {
    const objects = () =>
      stack
        .objects('secrets,pvc,deployments,statefulsets,services')
        .map(({ kind, metadata, data }) => [kind, metadata.name, metadata.uid, data])
    const before = objects()
    await stack.forget()
    process.env['CB_BRIDGE_TOKEN'] = 'wiring-token'
    expect(await stack.up(settings)).toMatchObject({ error: undefined })
    delete process.env['CB_BRIDGE_TOKEN']
    expect(objects()).toEqual(before)
  })

  test('leaves nothing at the gateway when it is destroyed', async () => {
    expect(await stack.destroy()).toMatchObject({ error: undefined })
    expect(gateway.upstreams.size).toBe(0)
  })
})
