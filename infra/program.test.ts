import { describe, expect, test } from 'vitest'
import {
  clusterWith,
  manifestsOf,
  namedSecrets,
  printManifests,
  type Registered,
  type Run,
  runProgram,
  valueOf,
} from './program.fixture.ts'
import { ClusterError } from './kubernetes/cluster.ts'

const SPIDER = 'cb-spider'
const POSTGRES = 'cb-spider-postgres'

function found({ resources }: Run, kind: string, name: string): Registered {
  const resource = resources.find((each) => each.type.endsWith(`:${kind}`) && each.name === name)
  if (resource === undefined) throw new Error(`no ${kind} ${name}`)
  return resource
}

/** A value below a manifest, or undefined. */
const at = (manifest: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce((value: unknown, key) => (value as Record<string, unknown>)?.[key], manifest)

/** The components' names whose pod templates differ between two runs. */
function restarted(before: Run, after: Run): readonly string[] {
  const templates = (run: Run) =>
    manifestsOf(run)
      .filter((manifest) => at(manifest, 'spec.template') !== undefined)
      .map((manifest) => [
        String(at(manifest, 'metadata.name')),
        JSON.stringify(at(manifest, 'spec.template')),
      ])
  const old = new Map(templates(before) as [string, string][])
  return templates(after).flatMap(([name, template]) =>
    old.get(String(name)) === template ? [] : [String(name)],
  )
}

describe('the manifests', () => {
  test.each<[string, unknown]>([
    ['default', {}],
    [
      'database-alone',
      {
        components: [POSTGRES],
        namespace: 'data',
        storage: { [POSTGRES]: { size: '10Gi', class: 'fast' } },
      },
    ],
    ['node-port', { reach: 'nodePort', environment: { [SPIDER]: { SPIDER_LOG_LEVEL: 'debug' } } }],
    [
      'load-balancer',
      {
        reach: 'loadBalancer',
        images: { [SPIDER]: 'mirror.example/spider:1' },
        bounds: { [SPIDER]: '1m' },
      },
    ],
  ])('of %s are those of the golden file', async (name, settings) => {
    const cluster = clusterWith({ nodeAddress: () => Promise.resolve('192.0.2.1') })
    const run = await runProgram(settings, { cluster })
    expect(run.error).toBeUndefined()
    await expect(printManifests(manifestsOf(run))).toMatchFileSnapshot(
      `../test/infra/golden/${name}.yaml`,
    )
  })

  test('hold a secret in Secrets alone', async () => {
    const run = await runProgram({})
    const others = manifestsOf(run).filter(({ kind }) => kind !== 'Secret')
    const text = JSON.stringify(others)
    for (const secret of [`${POSTGRES}/password`, `${SPIDER}/api-password`]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(Buffer.from(secret).toString('base64'))
    }
    expect(found(run, 'Secret', POSTGRES).inputs['data']).toEqual({
      password: Buffer.from(`${POSTGRES}/password`).toString('base64'),
    })
  })

  test('are all owned: stack and part are on each of them and on their claims', async () => {
    const run = await runProgram({})
    const labels = manifestsOf(run).map((manifest) => at(manifest, 'metadata.labels'))
    const owned = { 'cb-bridge/stack': 'test', 'app.kubernetes.io/managed-by': 'cb-bridge' }
    expect(labels).toEqual(labels.map(() => expect.objectContaining(owned)))
    const template = at(found(run, 'StatefulSet', POSTGRES).inputs, 'spec.volumeClaimTemplates.0')
    expect(at(template, 'metadata.labels')).toMatchObject(owned)
  })
})

describe('a change of configuration', () => {
  test('starts new pods of its component and of no other', async () => {
    const before = await runProgram({})
    const environment = { [SPIDER]: { SPIDER_LOG_LEVEL: 'debug' } }
    expect(restarted(before, await runProgram({ environment }))).toEqual([SPIDER])
  })

  test('a secret starts new pods of all that read it', async () => {
    const before = await runProgram({})
    const after = await runProgram(
      {},
      {
        secrets: (wanted, parent) =>
          wanted.name === 'password'
            ? namedSecrets({ ...wanted, name: 'another' }, parent)
            : namedSecrets(wanted, parent),
      },
    )
    expect(restarted(before, after)).toEqual([POSTGRES, SPIDER])
  })

  test('another size starts none', async () => {
    const before = await runProgram({})
    expect(restarted(before, await runProgram({ storage: { [POSTGRES]: '4Gi' } }))).toEqual([])
  })
})

describe('the provider', () => {
  test('knows the cluster by its identity, changes contents in place, and is never told to forget', async () => {
    const placements = { here: { kubeconfig: '/etc/kube', context: 'prod' } }
    const { inputs } = found(await runProgram({ placements }), 'kubernetes', 'cluster')
    expect(inputs).toEqual({
      kubeconfig: '/etc/kube',
      context: 'prod',
      clusterIdentifier: 'uid-of-kube-system',
      enableConfigMapMutable: 'true',
      enableSecretMutable: 'true',
      enablePatchForce: 'true',
      upsertExistingObjects: 'true',
    })
  })
})

describe('the namespace', () => {
  const namespaces = ({ resources }: Run) =>
    resources.filter(({ type }) => type.endsWith(':Namespace')).map(({ name }) => name)

  test('is made where there is none', async () => {
    expect(namespaces(await runProgram({}))).toEqual(['cloud-barista'])
  })

  test('is ours when it carries our label and the state was lost', async () => {
    const labels = { 'cb-bridge/stack': 'test' }
    const cluster = clusterWith({ namespaceLabels: () => Promise.resolve(labels) })
    expect(namespaces(await runProgram({}, { cluster }))).toEqual(['cloud-barista'])
  })

  test.each([true, false])(
    'stays whose it was first, whatever its labels say now (%s)',
    async (ours) => {
      const place = {
        cluster: 'uid-of-kube-system',
        namespace: 'cloud-barista',
        ownsNamespace: ours,
      }
      for (const labels of [undefined, {}, { 'cb-bridge/stack': 'test' }]) {
        const cluster = clusterWith({ namespaceLabels: () => Promise.resolve(labels) })
        const run = await runProgram({}, { cluster, stashed: { place } })
        expect(namespaces(run)).toEqual(ours ? ['cloud-barista'] : [])
      }
    },
  )

  test.each([{}, { 'cb-bridge/stack': 'other' }])(
    'of somebody else is used and not touched (labels %j)',
    async (labels) => {
      const cluster = clusterWith({ namespaceLabels: () => Promise.resolve(labels) })
      const run = await runProgram({}, { cluster })
      expect(run.error).toBeUndefined()
      expect(namespaces(run)).toEqual([])
    },
  )
})

describe('a stack refuses, before any resource of a cluster is registered,', () => {
  const claim = (size: string) => ({ [`data-${POSTGRES}-0`]: { size, class: 'standard' } })

  test.each<[string, unknown, Parameters<typeof runProgram>[1], string]>([
    [
      'wrong settings, all at once',
      { component: [], replicas: { [SPIDER]: 2 }, namespace: 'A' },
      {},
      'component: Unknown key "component". (Did you mean "components"?)\nnamespace: This is no name of a namespace.',
    ],
    [
      'a contradiction',
      { replicas: { [SPIDER]: 2 } },
      {},
      `replicas.${SPIDER}: "${SPIDER}" cannot be scaled`,
    ],
    [
      'another cluster',
      {},
      { stashed: { place: { cluster: 'other', namespace: 'cloud-barista', ownsNamespace: true } } },
      'This stack is on another cluster: its kube-system has the UID other',
    ],
    [
      'another namespace',
      { namespace: 'new' },
      { stashed: { place: { cluster: 'uid-of-kube-system', namespace: 'old' } } },
      'This stack is in namespace "old" and cannot move to "new"',
    ],
    [
      'a cluster that does not answer',
      {},
      {
        cluster: clusterWith({
          identity: () =>
            Promise.reject(new ClusterError('The cluster cannot be reached: ECONNREFUSED.')),
        }),
      },
      'The cluster cannot be reached: ECONNREFUSED.',
    ],
    [
      'a volume that shrinks',
      { storage: { [POSTGRES]: '1Gi' } },
      { cluster: clusterWith({ claims: () => Promise.resolve(claim('2Gi')) }) },
      `The volume "data" of ${POSTGRES} has 2Gi and cannot shrink to 1Gi. (Set "storage.${POSTGRES}" to 2Gi or more.)`,
    ],
    [
      'a volume that cannot grow',
      { storage: { [POSTGRES]: '4Gi' } },
      { cluster: clusterWith({ claims: () => Promise.resolve(claim('2Gi')) }) },
      `The volume "data" of ${POSTGRES} cannot grow from 2Gi to 4Gi: its class "standard" does not allow it.`,
    ],
    [
      'a volume that moves',
      { storage: { [POSTGRES]: { class: 'fast' } } },
      { cluster: clusterWith({ claims: () => Promise.resolve(claim('2Gi')) }) },
      `The volume "data" of ${POSTGRES} is of class "standard" and cannot move to "fast".`,
    ],
    [
      'a field that cannot change',
      {},
      {
        cluster: clusterWith({
          statefulSets: () =>
            Promise.resolve({
              [POSTGRES]: { serviceName: 'old', podManagementPolicy: 'OrderedReady' },
            }),
        }),
      },
      `${POSTGRES}: spec.serviceName of its StatefulSet cannot change from "old" to "${POSTGRES}". (Run "down" and then "up": its data stays.)`,
    ],
    [
      'a name that somebody else uses',
      {},
      {
        cluster: clusterWith({
          inventory: () =>
            Promise.resolve([
              { kind: 'ConfigMap', name: SPIDER, labels: { 'cb-bridge/stack': 'other' } },
              { kind: 'Secret', name: SPIDER, labels: {} },
              { kind: 'Secret', name: POSTGRES, labels: { 'cb-bridge/stack': 'test' } },
            ]),
        }),
      },
      'There is a ConfigMap "cb-spider" in the namespace "cloud-barista" that is of the stack "other". ' +
        '(Remove it, or set another "namespace".)\n' +
        'There is a Secret "cb-spider" in the namespace "cloud-barista" that is not made by cb-bridge.',
    ],
    [
      'a gateway that cannot reach a Service',
      { gateway: { url: 'http://gateway.example' } },
      {},
      'The gateway at http://gateway.example is not in the cluster and cannot reach the Service of cb-spider.',
    ],
    [
      'an address that means another machine to the gateway',
      {
        gateway: { url: 'http://gateway.example' },
        addresses: { [SPIDER]: 'http://127.0.0.1:1024' },
      },
      {},
      '"addresses.cb-spider" is http://127.0.0.1:1024, which means the gateway at http://gateway.example itself.',
    ],
    [
      'a secret that cannot be made anew',
      { rotate: [`${POSTGRES}.password`] },
      {},
      `rotate.0: "${POSTGRES}.password" cannot be made anew: the database keeps the password it was made with.`,
    ],
    [
      'node ports without a node',
      { reach: 'nodePort' },
      {},
      'No node of the cluster tells its address',
    ],
  ])('%s', async (_, settings, options, message) => {
    const run = await runProgram(settings, options)
    expect(run.error).toContain(message)
    expect(run.resources.filter(({ type }) => type !== 'pulumi:index:Stash')).toEqual([])
  })
})

describe('volumes', () => {
  test('grow by a patch of the claim where the class allows it; the StatefulSet stays as it was', async () => {
    const claims = { [`data-${POSTGRES}-0`]: { size: '2Gi', class: 'standard' } }
    const cluster = clusterWith({
      claims: () => Promise.resolve(claims),
      isExpandable: (name) => Promise.resolve(name === 'standard'),
    })
    const run = await runProgram({ storage: { [POSTGRES]: '4Gi' } }, { cluster })
    expect(run.error).toBeUndefined()
    const patch = found(run, 'PersistentVolumeClaimPatch', `data-${POSTGRES}-0`)
    expect(at(patch.inputs, 'spec.resources.requests.storage')).toBe('4Gi')
  })
})

describe('addresses', () => {
  test.each<[unknown, string]>([
    [{}, 'http://cb-spider.cloud-barista.svc:1024'],
    [{ addresses: { [SPIDER]: 'https://spider.example' } }, 'https://spider.example'],
    [{ addresses: { [SPIDER]: '127.0.0.1:8080' }, reach: 'tunnel' }, 'http://127.0.0.1:8080'],
  ])('%j publishes %s', async (settings, address) => {
    const { outputs } = await runProgram(settings)
    const told = outputs?.components.find(({ name }) => name === SPIDER)
    expect(told?.address && (await valueOf(told.address))).toBe(address)
  })

  test('a database has none', async () => {
    const { outputs } = await runProgram({})
    expect(outputs?.components.map(({ name, address }) => [name, address !== undefined])).toEqual([
      [POSTGRES, false],
      [SPIDER, true],
    ])
  })
})
