import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../infra/kubernetes/connect.ts'
import { ok } from '../../src/lib/result.ts'
import { describeOnCluster, kubectl, TestStack } from './stack.ts'

const POSTGRES = 'cb-spider-postgres'
const CLAIM = `data-${POSTGRES}-0`

/** A stack of the database alone, on volumes of a class that the test made. */
function databaseOn(storageClass: string) {
  return (size: string) => ({
    components: [POSTGRES],
    storage: { [POSTGRES]: { size, class: storageClass } },
  })
}

/** Makes a StorageClass like the cluster's default one whose volumes may grow, or not; removed with the suite. */
function withStorageClass(name: string, allowVolumeExpansion: boolean): void {
  beforeAll(() => {
    const metadata = { name }
    const provisioner = 'kubernetes.io/host-path'
    const volumeBindingMode = 'WaitForFirstConsumer'
    const object = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata,
      provisioner,
      volumeBindingMode,
      allowVolumeExpansion,
    }
    kubectl(['create', '-f', '-'], JSON.stringify(object))
  })
  afterAll(() => void kubectl(['delete', 'storageclass', name, '--ignore-not-found']))
}

describeOnCluster('volumes that may grow', () => {
  const stack = new TestStack()
  withStorageClass(stack.namespace, true)
  afterAll(() => stack.remove())
  const sized = databaseOn(stack.namespace)

  const identities = () => [
    stack.object('pvc', CLAIM).metadata.uid,
    stack.object('statefulset', POSTGRES).metadata.uid,
    stack.object('pod', `${POSTGRES}-0`).metadata.uid,
  ]
  const requested = () =>
    (stack.object('pvc', CLAIM).spec as { resources: { requests: { storage: string } } }).resources
      .requests.storage

  test('grow in place: claim, StatefulSet and pod stay the same objects', async () => {
    expect(await stack.up(sized('1Gi'))).toMatchObject({ error: undefined })
    const before = identities()
    const { error, steps } = await stack.up(sized('2Gi'))
    expect(error).toBeUndefined()
    expect(steps).toEqual([`update PersistentVolumeClaimPatch ${CLAIM}`])
    expect(requested()).toBe('2Gi')
    expect(identities()).toEqual(before)
    expect(await stack.preview(sized('2Gi'))).toMatchObject({ error: undefined, changes: {} })
  })

  test('never shrink', async () => {
    const { error, changes } = await stack.preview(sized('1Gi'))
    expect(error).toContain(`The volume "data" of ${POSTGRES} has 2Gi and cannot shrink to 1Gi.`)
    expect(changes).toEqual({})
    expect((await stack.up(sized('1Gi'))).error).toContain('cannot shrink')
    expect(requested()).toBe('2Gi')
  })

  test('never move to another class', async () => {
    const { error } = await stack.preview(databaseOn('standard')('2Gi'))
    expect(error).toContain(`is of class "${stack.namespace}" and cannot move to "standard"`)
  })
})

describeOnCluster('volumes that may not grow', () => {
  const stack = new TestStack()
  withStorageClass(stack.namespace, false)
  afterAll(() => stack.remove())
  const sized = databaseOn(stack.namespace)

  test('are refused at preview', async () => {
    expect(await stack.up(sized('1Gi'))).toMatchObject({ error: undefined })
    const { error } = await stack.preview(sized('2Gi'))
    expect(error).toContain(
      `cannot grow from 1Gi to 2Gi: its class "${stack.namespace}" does not allow it.`,
    )
  })

  test('an immutable field of the StatefulSet is named at preview, with old and new value', async () => {
    const live = kubectl(['get', 'statefulset', POSTGRES, '-n', stack.namespace, '-o', 'json'])
    const { metadata, spec, ...rest } = JSON.parse(live) as Record<string, Record<string, unknown>>
    const { name, namespace, labels } = metadata ?? {}
    const changed = {
      ...rest,
      metadata: { name, namespace, labels },
      spec: { ...spec, serviceName: 'of-old' },
    }
    kubectl(['delete', 'statefulset', POSTGRES, '-n', stack.namespace, '--cascade=orphan'])
    kubectl(['create', '-f', '-'], JSON.stringify(changed))
    const { uid } = stack.object('statefulset', POSTGRES).metadata
    for (const outcome of [await stack.preview(sized('1Gi')), await stack.up(sized('1Gi'))]) {
      expect(outcome.error).toContain(
        `${POSTGRES}: spec.serviceName of its StatefulSet cannot change from "of-old" to "${POSTGRES}".`,
      )
    }
    expect(stack.object('statefulset', POSTGRES).metadata.uid).toBe(uid)
  })
})

describeOnCluster('a stack', () => {
  const stack = new TestStack()
  afterAll(() => stack.remove())
  const settings = { components: [POSTGRES] }
  const versions = () =>
    stack
      .objects('statefulsets,services,configmaps,secrets,pvc')
      .map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`)

  test('is refused on another cluster before any change', async () => {
    expect(await stack.up(settings)).toMatchObject({ error: undefined })
    const before = versions()
    // The same API server under another identity: kube-system's UID is all that tells clusters apart.
    const elsewhere: typeof connect = (access) => {
      const connected = connect(access)
      if (!connected.ok) return connected
      return ok({ ...connected.value, identity: () => Promise.resolve('another-uid') })
    }
    for (const verb of ['preview', 'up'] as const) {
      const changed = { ...settings, environment: { [POSTGRES]: { A: 'b' } } }
      const { error, changes } = await stack[verb](changed, { connect: elsewhere })
      expect(error).toContain('This stack is on another cluster')
      expect(error).toContain('here it is another-uid')
      expect(changes).toEqual({})
    }
    expect(versions()).toEqual(before)
    expect(await stack.preview(settings)).toMatchObject({ error: undefined, changes: {} })
  })

  test('follows a cluster whose kubeconfig and context are called otherwise', async () => {
    const [before, directory] = [versions(), mkdtempSync(join(tmpdir(), 'cb-bridge-context-'))]
    const kubeconfig = join(directory, 'elsewhere')
    writeFileSync(kubeconfig, kubectl(['config', 'view', '--raw', '--minify', '-o', 'json']))
    const renamed = [
      'config',
      'rename-context',
      kubectl(['config', 'current-context']).trim(),
      'new',
    ]
    kubectl(['--kubeconfig', kubeconfig, ...renamed])
    const placements = { test: { kubeconfig, context: 'new' } }
    const { error, steps } = await stack.up({ ...settings, placements })
    rmSync(directory, { recursive: true })
    expect({ error, steps }).toEqual({ error: undefined, steps: [] })
    expect(versions()).toEqual(before)
  })

  test('is refused in another namespace before any change', async () => {
    const before = versions()
    const { error } = await stack.up({ ...settings, namespace: `${stack.namespace}-2` })
    expect(error).toContain(`This stack is in namespace "${stack.namespace}" and cannot move`)
    expect(versions()).toEqual(before)
  })

  test('with wrong settings is refused with all of them, before any change', async () => {
    const before = versions()
    const wrong = { ...settings, reach: 'moon', versions: { [POSTGRES]: 1, 'cb-spidr': '1' } }
    const { error } = await stack.up(wrong)
    expect(error).toContain('"reach" must be one of cluster, loadBalancer, nodePort, tunnel')
    expect(versions()).toEqual(before)
  })
})

describeOnCluster('a component that never becomes ready', () => {
  const stack = new TestStack()
  afterAll(() => stack.remove())

  test('fails within its bound and says so; repaired, it comes up', async () => {
    const broken = {
      components: [POSTGRES],
      images: { [POSTGRES]: 'example.org/never-ready:1' },
      bounds: { [POSTGRES]: '4s' },
    }
    const { error, ms } = await stack.up(broken)
    expect(error).toContain(POSTGRES)
    // The provider's own patience is ten minutes.
    expect(ms).toBeLessThan(120_000)
    expect(await stack.up({ components: [POSTGRES] })).toMatchObject({ error: undefined })
  })
})
