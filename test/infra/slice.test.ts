import { afterAll, expect, test } from 'vitest'
import { describeOnCluster, kubectl, type LiveObject, TestStack } from './stack.ts'

const SPIDER = 'cb-spider'
const POSTGRES = 'cb-spider-postgres'

describeOnCluster('the slice from PostgreSQL to CB-Spider', () => {
  const stack = new TestStack()
  afterAll(() => stack.remove())

  const uids = () =>
    Object.fromEntries(
      stack
        .objects('deployments,statefulsets,services,configmaps,secrets,persistentvolumeclaims')
        .filter(({ metadata }) => metadata.labels?.['cb-bridge/stack'] === stack.name)
        .map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.uid]),
    )
  const templates = () =>
    Object.fromEntries(
      stack
        .objects('deployments,statefulsets')
        .map(({ metadata, spec }) => [metadata.name, JSON.stringify(spec['template'])]),
    )
  const restarted = (before: Readonly<Record<string, string>>) =>
    Object.entries(templates()).flatMap(([name, template]) =>
      before[name] === template ? [] : [name],
    )

  test('a preview changes nothing', async () => {
    const { error, changes } = await stack.preview()
    expect(error).toBeUndefined()
    expect(changes).toEqual({ create: expect.any(Number) as number })
    expect(kubectl(['get', 'namespace', stack.namespace, '--ignore-not-found'])).toBe('')
  })

  test('comes up with every pod ready, the database first', async () => {
    const { error, steps } = await stack.up()
    expect(error).toBeUndefined()
    expect(steps.indexOf(`create StatefulSet ${POSTGRES}`)).toBeLessThan(
      steps.indexOf(`create Deployment ${SPIDER}`),
    )
    const pods = stack.objects('pods')
    expect(pods.map(({ status }) => conditionOf(status, 'Ready'))).toEqual(['True', 'True'])
    expect(stack.object('pvc', `data-${POSTGRES}-0`).status?.['phase']).toBe('Bound')
  })

  test('a second preview shows no change', async () => {
    const { error, changes, steps } = await stack.preview()
    expect({ error, changes, steps }).toEqual({ error: undefined, changes: {}, steps: [] })
  })

  test('the cluster has nothing that the state does not know', async () => {
    const { error, changes, steps } = await stack.refreshedPreview()
    expect({ error, changes, steps }).toEqual({ error: undefined, changes: {}, steps: [] })
  })

  test('a namespace that lost its label is labelled again, never deleted', async () => {
    const label = (text: string) => kubectl(['label', 'namespace', stack.namespace, text])
    label('cb-bridge/stack-')
    const { error, steps } = await stack.refreshedPreview()
    label(`cb-bridge/stack=${stack.name}`)
    expect({ error, steps }).toEqual({
      error: undefined,
      steps: [`update Namespace ${stack.namespace}`],
    })
  })

  test('keeps no secret in its state that could be read', () => {
    const { data = {} } = stack.object('secret', POSTGRES)
    const [encoded = ''] = Object.values(data)
    const state = stack.state()
    expect(state).toContain(stack.namespace)
    expect(encoded).not.toBe('')
    expect(state).not.toContain(encoded)
    expect(state).not.toContain(Buffer.from(encoded, 'base64').toString())
  })

  test('a changed ConfigMap starts one component anew; every object stays the same object', async () => {
    const [before, pods] = [uids(), templates()]
    const settings = { environment: { [SPIDER]: { SPIDER_LOG_LEVEL: 'debug' } } }
    const { error, steps } = await stack.up(settings)
    expect(error).toBeUndefined()
    expect(steps).toEqual([`update ConfigMap ${SPIDER}`, `update Deployment ${SPIDER}`])
    expect(uids()).toEqual(before)
    expect(restarted(pods)).toEqual([SPIDER])
    expect(stack.object('configmap', SPIDER).data?.['SPIDER_LOG_LEVEL']).toBe('debug')
    expect(await stack.up()).toMatchObject({ error: undefined })
  })

  test('a changed ConfigMap of a StatefulSet leaves the StatefulSet and its claim', async () => {
    const [before, pods] = [uids(), templates()]
    const { error } = await stack.up({ environment: { [POSTGRES]: { POSTGRES_INITDB_ARGS: '' } } })
    expect(error).toBeUndefined()
    expect(uids()).toEqual(before)
    expect(restarted(pods)).toEqual([POSTGRES])
    expect(await stack.up()).toMatchObject({ error: undefined })
  })

  test('a changed Secret is changed in place and starts those anew that read it', async () => {
    const [before, pods] = [uids(), templates()]
    const { error, steps } = await stack.up({ rotate: [`${SPIDER}.api-password`] })
    expect(error).toBeUndefined()
    expect(steps).toContain(`update Secret ${SPIDER}`)
    expect(uids()).toEqual(before)
    expect(restarted(pods)).toEqual([SPIDER])
  })

  test('tells an address that another way of reaching it needs, on the same Service', async () => {
    const before = uids()
    const addressOf = async (reach: string) => {
      const { error, outputs } = await stack.up({ reach })
      expect(error).toBeUndefined()
      const told = outputs['components'] as readonly { name: string; address?: string }[]
      return told.find(({ name }) => name === SPIDER)?.address
    }
    expect(await addressOf('nodePort')).toMatch(/^http:\/\/[\d.]+:3\d{4}$/)
    expect(await addressOf('loadBalancer')).toMatch(/^http:\/\/[\d.]+:1024$/)
    expect(uids()).toEqual(before)
  })

  test('is gone after destroy, but for what it did not make', async () => {
    expect(await stack.destroy()).toMatchObject({ error: undefined })
    const namespace = JSON.parse(
      kubectl(['get', 'namespace', stack.namespace, '--ignore-not-found', '-o', 'json']) || 'null',
    ) as LiveObject | null
    expect(namespace?.status?.['phase'] ?? 'gone').toMatch(/^(gone|Terminating)$/)
  })
})

describeOnCluster('a namespace that was there', () => {
  const stack = new TestStack()
  afterAll(() => stack.remove())

  test('is used, and stays with all that is not ours', async () => {
    kubectl(['create', 'namespace', stack.namespace])
    kubectl(['create', 'configmap', 'theirs', '-n', stack.namespace, '--from-literal=a=b'])
    const before = [namespaceOf(stack), stack.object('configmap', 'theirs')]
    const settings = { components: [POSTGRES] }
    expect(await stack.up(settings)).toMatchObject({ error: undefined })
    expect(await stack.destroy()).toMatchObject({ error: undefined })
    expect([namespaceOf(stack), stack.object('configmap', 'theirs')]).toEqual(before)
    expect(stack.objects('statefulsets,services')).toEqual([])
    expect(stack.objects('pvc').map(({ metadata }) => metadata.name)).toEqual([
      `data-${POSTGRES}-0`,
    ])
  })
})

const namespaceOf = ({ namespace }: TestStack) =>
  JSON.parse(kubectl(['get', 'namespace', namespace, '-o', 'json'])) as LiveObject

function conditionOf(status: LiveObject['status'], wanted: string): string | undefined {
  const conditions = (status?.['conditions'] ?? []) as readonly { type: string; status: string }[]
  return conditions.find(({ type }) => type === wanted)?.status
}
