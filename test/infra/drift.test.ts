import { expect, test } from 'vitest'
import type { Change } from '../../infra/operate/report.ts'
import { GUARDED } from './spider.ts'
import { describeOnCluster, kubectl } from './stack.ts'
import { ask, countOf, unbearable, underTraffic } from './traffic.ts'
import { learnPassword, useWiredStack } from './wired-stack.ts'

const SPIDER = 'cb-spider'
const POSTGRES = 'cb-spider-postgres'
/** As the gateway calls who changes something there by hand. */
const EVE = 'cb-bridge (token eve)'

describeOnCluster('drift', () => {
  const { stack, gateway, spider, settings } = useWiredStack('token')

  const run = (verb: string) => stack.run(verb, settings)
  /** Somebody's hand, under a name of theirs. */
  const byHand = (...args: readonly string[]) =>
    kubectl([
      ...args,
      '-n',
      stack.namespace,
      ...(args[0] === 'patch' ? ['--field-manager=eve'] : []),
    ])
  const patch = (kind: string, name: string, change: object) =>
    byHand('patch', kind, name, '-p', JSON.stringify(change))
  const inContainer = (name: string, more: object) => ({
    spec: { template: { spec: { containers: [{ name, ...more }] } } },
  })
  const find = (changes: readonly Change[], resource: string) =>
    changes.find((change) => change.resource === resource)
  const pods = () => stack.objects('pods').map(({ metadata }) => metadata.uid)
  const unchanged = { code: 0, report: { result: 'unchanged', changes: [] } }

  test('is nothing that a stack begins with', async () => {
    const { report } = await run('up')
    expect(report.errors).toBeUndefined()
    expect(await run('preview')).toMatchObject(unchanged)
  })

  test('of a number of pods is named with who scales', async () => {
    byHand('scale', 'deployment', SPIDER, '--replicas=3')
    const { report } = await run('preview')
    expect(find(report.changes, `Deployment ${SPIDER}`)?.differences).toEqual([
      { field: 'spec.replicas', old: 3, new: 1, who: 'kubectl' },
    ])
  })

  test('of values is named with field, old, new and who, and repaired', async () => {
    byHand('scale', 'deployment', SPIDER, '--replicas=0')
    patch('statefulset', POSTGRES, inContainer(POSTGRES, { image: 'example.org/other:1' }))
    patch('configmap', SPIDER, { data: { ADMINWEB: 'ON' } })
    patch('service', SPIDER, { spec: { ports: [{ port: 1024, targetPort: 99 }] } })
    patch('secret', SPIDER, { data: { 'api-password': 'b2hubw==' } })
    patch('deployment', SPIDER, { metadata: { labels: { 'app.kubernetes.io/part-of': 'eve' } } })
    await gateway.change(SPIDER, { targets: [{ url: 'http://127.0.0.9:9' }] })

    const { report, text } = await run('preview')
    expect(report.errors).toBeUndefined()
    const { changes } = report
    expect(find(changes, `Deployment ${SPIDER}`)?.differences).toEqual(
      expect.arrayContaining([
        // The API server keeps no name for a 0.
        { field: 'spec.replicas', old: 0, new: 1, who: 'somebody who scaled it to 0' },
        {
          field: 'metadata.labels["app.kubernetes.io/part-of"]',
          old: 'eve',
          new: 'cloud-barista',
          who: 'eve',
        },
      ]),
    )
    expect(find(changes, `StatefulSet ${POSTGRES}`)?.differences).toEqual([
      {
        field: 'spec.template.spec.containers[0].image',
        old: 'example.org/other:1',
        new: 'docker.io/library/postgres:16-alpine',
        who: 'eve',
      },
    ])
    expect(find(changes, `ConfigMap ${SPIDER}`)).toMatchObject({
      fields: ['data.ADMINWEB'],
      differences: [{ old: 'ON', new: expect.any(String) as string, who: 'eve' }],
    })
    expect(find(changes, `Service ${SPIDER}`)?.differences).toEqual([
      { field: 'spec.ports[0].targetPort', old: 99, new: 'api', who: 'eve' },
    ])
    expect(find(changes, `Secret ${SPIDER}`)?.differences).toEqual([
      { field: expect.stringContaining('data') as string, who: 'eve' },
    ])
    expect(text).not.toContain('b2hubw')
    expect(find(changes, `Upstream ${SPIDER}`)?.differences).toEqual([
      {
        field: 'targets',
        old: [{ url: 'http://127.0.0.9:9', weight: 1, tier: 0 }],
        new: [{ url: spider().url, weight: 1, tier: 0 }],
        who: EVE,
      },
    ])

    const { report: repaired } = await run('up')
    expect(repaired).toMatchObject({ result: 'ready', exit: 0 })
    expect(find(repaired.changes, `ConfigMap ${SPIDER}`)?.differences[0]).toMatchObject({
      field: 'data.ADMINWEB',
      who: 'eve',
    })
    const [upstream] = await gateway.upstreams()
    expect(upstream?.settings).toMatchObject({ targets: [{ url: spider().url }] })
    expect(await run('preview')).toMatchObject(unchanged)
  })

  test('of a password at the gateway, which shows none, is named and put back', async () => {
    learnPassword(stack, spider())
    const through = () => ask(gateway.url + GUARDED)
    expect(await through()).toMatchObject({ status: 200 })
    const auth = { basic: { username: 'barista', password: 'MARKER-of-eve' } }
    await gateway.change(SPIDER, { auth })
    await expect.poll(through, { timeout: 10_000 }).toMatchObject({ status: 401 })

    const { report, text } = await run('preview')
    expect(report.changes).toMatchObject([
      { op: 'update', resource: `Upstream ${SPIDER}`, differences: [{ field: 'auth', who: EVE }] },
    ])
    expect(text).not.toContain('MARKER-of-eve')
    expect(await run('up')).toMatchObject({ code: 0, report: { result: 'ready' } })
    await expect.poll(through, { timeout: 10_000 }).toMatchObject({ status: 200 })
    expect(await run('up')).toMatchObject(unchanged)
  })

  test('of an upstream is not what we do ourselves: drains and what ends them', async () => {
    const changed = { ...settings, [`environment.${POSTGRES}.A`]: 'b' }
    const [before] = await gateway.upstreams()
    expect(await stack.run('up', changed)).toMatchObject({ code: 0, report: { result: 'ready' } })
    const [after] = await gateway.upstreams()
    expect(after?.etag).not.toBe(before?.etag)
    expect(await stack.run('preview', changed)).toMatchObject(unchanged)
    expect(await stack.run('up', changed)).toMatchObject(unchanged)
    expect(await run('up')).toMatchObject({ code: 0, report: { result: 'ready' } })
    expect(await run('preview')).toMatchObject(unchanged)
  })

  test('of fields that somebody added is named, and taken away with the traffic led around', async () => {
    patch('deployment', SPIDER, inContainer(SPIDER, { env: [{ name: 'EXTRA', value: 'x' }] }))
    patch('statefulset', POSTGRES, { spec: { template: { metadata: { labels: { of: 'eve' } } } } })
    patch('service', SPIDER, { spec: { ports: [{ name: 'more', port: 9999 }] } })
    patch('secret', SPIDER, { data: { more: 'b2hubw==' } })
    patch('configmap', SPIDER, { data: { MORE: 'x' } })
    const named = [
      [`Deployment ${SPIDER}`, `spec.template.spec.containers[${SPIDER}].env[EXTRA]`],
      [`StatefulSet ${POSTGRES}`, 'spec.template.metadata.labels.of'],
      [`Service ${SPIDER}`, 'spec.ports[9999]'],
      [`Secret ${SPIDER}`, 'data.more'],
      [`ConfigMap ${SPIDER}`, 'data.MORE'],
    ] as const

    const { report, text } = await run('preview')
    for (const [resource, field] of named) {
      expect(find(report.changes, resource)?.differences).toContainEqual(
        expect.objectContaining({ field, who: 'eve' }),
      )
    }
    expect(find(report.changes, `Deployment ${SPIDER}`)?.differences).toContainEqual({
      field: `spec.template.spec.containers[${SPIDER}].env[EXTRA]`,
      old: { name: 'EXTRA', value: 'x' },
      new: null,
      who: 'eve',
    })
    expect(text).not.toContain('b2hubw')

    const { result, answers } = await underTraffic(gateway.url + GUARDED, () => run('up'))
    expect(unbearable(answers)).toEqual([])
    expect(countOf(answers)).toMatchObject({ 'upstream-draining': expect.any(Number) as number })
    const { code, report: repaired } = result
    expect({ code, errors: repaired.errors }).toEqual({ code: 0, errors: undefined })
    expect(repaired.changes.map(({ resource }) => resource)).toEqual(
      expect.arrayContaining(named.map(([resource]) => resource)),
    )
    expect((await gateway.upstreams()).map(({ drain }) => drain.state)).toEqual(['open', 'open'])
    const live = JSON.stringify(
      stack.objects('deployments,statefulsets,services,secrets,configmaps'),
    )
    for (const trace of ['"EXTRA"', '"of":"eve"', '9999', 'b2hubw', '"MORE"']) {
      expect(live).not.toContain(trace)
    }
    expect(await run('preview')).toMatchObject(unchanged)
  })

  test('does not count a restart that somebody asked for', async () => {
    byHand('rollout', 'restart', 'deployment', SPIDER)
    byHand('rollout', 'status', 'deployment', SPIDER, '--timeout=60s')
    const before = pods()
    expect(await run('up')).toMatchObject(unchanged)
    expect(pods()).toEqual(before)
  })

  test('of objects that somebody deleted is told as that, whatever kind they are, and they come back', async () => {
    const deleted = [
      ['configmap', `ConfigMap ${SPIDER}`],
      ['service', `Service ${SPIDER}`],
      ['deployment', `Deployment ${SPIDER}`],
      ['statefulset', `StatefulSet ${POSTGRES}`],
    ] as const
    for (const [kind, resource] of deleted) {
      byHand('delete', kind, resource.split(' ')[1] ?? '', '--ignore-not-found')
    }
    await gateway.remove('cb-spider-s3')
    const { report } = await run('preview')
    for (const resource of [...deleted.map(([, resource]) => resource), 'Upstream cb-spider-s3']) {
      expect(find(report.changes, resource)).toMatchObject({ op: 'create', wasLost: true })
    }
    const { code, report: repaired } = await run('up')
    expect({ code, errors: repaired.errors }).toEqual({ code: 0, errors: undefined })
    expect(stack.objects('deployments,statefulsets,services')).toHaveLength(4)
    expect(await gateway.upstreams()).toHaveLength(2)
    expect(await run('preview')).toMatchObject(unchanged)
  })

  test('of what no program can make again is an error: a Secret, and a claim', async () => {
    byHand('delete', 'secret', POSTGRES)
    byHand('delete', 'statefulset', POSTGRES)
    byHand('delete', 'pvc', `data-${POSTGRES}-0`)
    for (const verb of ['preview', 'up']) {
      const { code, report } = await run(verb)
      expect({ code, errors: report.errors }).toMatchObject({
        code: 1,
        errors: expect.arrayContaining([
          expect.stringContaining(`The Secret ${POSTGRES} is gone`),
          expect.stringContaining(`The PersistentVolumeClaim data-${POSTGRES}-0 is gone`),
        ]) as string[],
      })
    }
    expect(stack.objects('statefulsets')).toEqual([])
  })
})
