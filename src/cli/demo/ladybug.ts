import { isName } from './provision.ts'
import { json, objectOf, text, textOf } from './replies.ts'
import type { Call, Handler, Reply, Routes } from './router.ts'
import type { Credentials, StandIn } from './stand-in.ts'
import { dateText, stateOf } from './world.ts'
import type { Life, World } from './world.ts'

interface Cluster {
  readonly name: string
  readonly namespace: string
  readonly description: string
  readonly createdAt: number
  readonly life: Life
}

/** CB-Ladybug of 2021 under `/ladybug`: Kubernetes clusters over clouds; a new one is provisioned for a while. */
export function createLadybug(world: World, credentials: Credentials): StandIn {
  const clusters = new Map<string, Cluster>()
  const first = build(world, 'default', 'cluster01', 'A cluster on two clouds')
  clusters.set('default/cluster01', { ...first, life: { ...first.life, until: 0 } })
  return {
    name: 'cb-ladybug',
    credentials,
    isOpen: (call) => call.path === '/ladybug/healthy',
    routes: {
      'GET /ladybug/healthy': () => text('cloud-barista cb-ladybug is alived\n'),
      ...clusterRoutes(world, clusters),
    },
  }
}

function clusterRoutes(world: World, clusters: Map<string, Cluster>): Routes {
  const at = '/ladybug/ns/:namespace/clusters'
  const one = (answer: (cluster: Cluster, call: Call) => Reply): Handler => {
    return (call) => {
      const found = clusters.get(`${call.param('namespace')}/${call.param('cluster')}`)
      return found === undefined
        ? status(404, `Could not find a cluster '${call.param('cluster')}'`)
        : answer(found, call)
    }
  }
  return {
    [`GET ${at}`]: (call) => {
      const items = [...clusters.values()].filter((c) => c.namespace === call.param('namespace'))
      return json({ kind: 'ClusterList', items: items.map((cluster) => view(world, cluster)) })
    },
    [`POST ${at}`]: (call) => create(world, clusters, call),
    [`GET ${at}/:cluster`]: one((cluster) => json(view(world, cluster))),
    [`DELETE ${at}/:cluster`]: one((cluster) => {
      clusters.delete(`${cluster.namespace}/${cluster.name}`)
      return status(200, `cluster ${cluster.name} has been deleted`)
    }),
    [`GET ${at}/:cluster/nodes`]: one((cluster) =>
      json({ kind: 'NodeList', items: nodesOf(cluster) }),
    ),
    [`GET ${at}/:cluster/nodes/:node`]: one((cluster, call) => {
      const node = nodesOf(cluster).find(({ name }) => name === call.param('node'))
      return node === undefined ? status(404, `Could not find the node`) : json(node)
    }),
  }
}

const status = (code: number, message: string): Reply =>
  json({ kind: 'Status', code, message }, code)

async function create(world: World, clusters: Map<string, Cluster>, call: Call): Promise<Reply> {
  const name = textOf(objectOf(call) ?? {}, 'name')
  const namespace = call.param('namespace')
  if (!isName(name)) return status(400, 'The cluster name is not valid')
  if (clusters.has(`${namespace}/${name}`)) return status(400, `The cluster '${name}' exists`)
  const cluster = build(world, namespace, name, textOf(objectOf(call) ?? {}, 'description'))
  clusters.set(`${namespace}/${name}`, cluster)
  await world.clock.sleep(world.creationMs)
  return json(view(world, cluster))
}

function build(world: World, namespace: string, name: string, description: string): Cluster {
  const createdAt = world.clock.now()
  const until = createdAt + world.creationMs
  const life = { during: 'Provisioning', after: 'Provisioned', until }
  return { name, namespace, description, createdAt, life }
}

const view = (world: World, cluster: Cluster) => ({
  name: cluster.name,
  kind: 'Cluster',
  status: { phase: stateOf(cluster.life, world.clock.now()), reason: '', message: '' },
  mcis: cluster.name,
  namespace: cluster.namespace,
  clusterConfig: 'apiVersion: v1\nkind: Config\nusers: [{name: stand-in, user: {token: secret}}]\n',
  cpLeader: `${cluster.name}-c-1`,
  networkCni: 'kilo',
  label: '',
  installMonAgent: 'no',
  description: cluster.description,
  createdTime: dateText(cluster.createdAt),
  nodes: nodesOf(cluster),
})

const nodesOf = (cluster: Cluster) =>
  (['control-plane', 'worker'] as const).map((role, index) => ({
    name: `${cluster.name}-${role === 'worker' ? 'w' : 'c'}-1`,
    kind: 'Node',
    credential: '-----BEGIN STAND-IN KEY-----\nnot a key\n-----END STAND-IN KEY-----\n',
    publicIp: `198.51.100.${index + 1}`,
    role,
    spec: 't2.medium',
    csp: index === 0 ? 'aws' : 'gcp',
    createdTime: dateText(cluster.createdAt),
    cspLabel: index === 0 ? 'aws' : 'gcp',
    regionLabel: index === 0 ? 'ap-northeast-2' : 'asia-northeast3',
    zoneLabel: index === 0 ? 'ap-northeast-2a' : 'asia-northeast3-a',
  }))
