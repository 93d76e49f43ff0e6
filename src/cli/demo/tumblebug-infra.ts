import { ACTIONS, control, createInfra, deleteInfra } from './provision.ts'
import type { GroupRequest } from './provision.ts'
import { isObject, json, message, objectOf, textOf } from './replies.ts'
import type { Call, Handler, Reply, Routes } from './router.ts'
import { accessView, infraView, nodeView, statusView } from './tumblebug-views.ts'
import { infrasOf } from './world.ts'
import type { Infra, Machine, Node, World } from './world.ts'

/** Infrastructure as today's CB-Tumblebug names it: an `infra` has `node`s in `nodegroup`s. */
export function infraRoutes(world: World): Routes {
  const at = '/tumblebug/ns/:nsId'
  const one = withInfra.bind(undefined, world)
  return {
    [`GET ${at}/infra`]: (call) => listInfras(world, call),
    [`POST ${at}/infra`]: (call) => provision(world, call),
    [`POST ${at}/infraDynamic`]: (call) => provision(world, call),
    [`GET ${at}/infra/:infraId`]: one((infra, call) => describe(world, infra, call)),
    [`DELETE ${at}/infra/:infraId`]: one((infra) => {
      deleteInfra(world, infra)
      return json({ output: [`Deleted: infra ${infra.id}`] })
    }),
    [`GET ${at}/infra/:infraId/node/:nodeId`]: one((infra, call) => {
      const node = infra.nodes.find(({ id }) => id === call.param('nodeId'))
      return node === undefined ? noNode(call) : json(nodeView(world, node))
    }),
    [`GET ${at}/infra/:infraId/nodegroup`]: one((infra) =>
      json({ output: [...new Set(infra.nodes.map(({ group }) => group))] }),
    ),
    [`GET ${at}/infra/:infraId/nodegroup/:nodegroupId`]: one((infra, call) => {
      const members = infra.nodes.filter(({ group }) => group === call.param('nodegroupId'))
      return json({ output: members.map(({ id }) => id) })
    }),
    [`GET ${at}/control/infra/:infraId`]: one((infra, call) => act(world, infra.nodes, call)),
    [`GET ${at}/control/infra/:infraId/node/:nodeId`]: one((infra, call) => {
      const nodes = infra.nodes.filter(({ id }) => id === call.param('nodeId'))
      return nodes.length === 0 ? noNode(call) : act(world, nodes, call)
    }),
    [`GET ${at}/policy/infra`]: () => json({ infraPolicy: [] }),
    [`GET ${at}/k8sCluster`]: () => json({ K8sClusterInfo: [] }),
  }
}

/** Runs a handler with the infra that the path names. */
export function withInfra(
  world: World,
  answer: (infra: Infra, call: Call) => Reply | undefined | Promise<Reply | undefined>,
): Handler {
  return (call) => {
    const id = call.param('infraId')
    const infra = world.infras.get(`${call.param('nsId')}/${id}`)
    return infra === undefined
      ? message(500, `The infra ${id} does not exist.`)
      : answer(infra, call)
  }
}

const noNode = (call: Call): Reply =>
  message(500, `The node ${call.param('nodeId')} does not exist.`)

function listInfras(world: World, call: Call): Reply {
  const infras = infrasOf(world, call.param('nsId'))
  const option = call.query.get('option')
  if (option === 'id') return json({ output: infras.map(({ id }) => id) })
  if (option === 'status') return json({ infra: infras.map((infra) => statusView(world, infra)) })
  return json({ infra: infras.map((infra) => infraView(world, infra)) })
}

function describe(world: World, infra: Infra, call: Call): Reply {
  const option = call.query.get('option')
  if (option === 'id') return json({ output: infra.nodes.map(({ id }) => id) })
  if (option === 'status') return json({ status: statusView(world, infra) })
  if (option === 'accessinfo')
    return json(accessView(world, infra, call.query.get('accessInfoOption') === 'showSshKey'))
  return json(infraView(world, infra))
}

/** Answers when all nodes are up, as the real service does: a gateway must not cut this call. */
async function provision(world: World, call: Call): Promise<Reply> {
  const body = objectOf(call)
  if (body === undefined) return message(400, 'code=400, message=Syntax error')
  const groups = Array.isArray(body['nodeGroups']) ? body['nodeGroups'] : []
  const created = createInfra(world, {
    namespace: call.param('nsId'),
    name: textOf(body, 'name'),
    description: textOf(body, 'description', 'Made in CB-TB'),
    groups: groups.filter(isObject).map((group, index) => groupOf(world, group, index)),
  })
  if (!created.ok) return message(500, created.error)
  await world.clock.sleep(world.creationMs)
  return json(infraView(world, created.value))
}

/** A node group of a request; a `specId` such as `aws+ap-northeast-2+t3.nano` implies its connection. */
export function groupOf(
  world: World,
  group: Readonly<Record<string, unknown>>,
  index: number,
): GroupRequest {
  const spec = textOf(group, 'specId', 'small')
  const [provider = '', region = ''] = spec.split('+')
  const [fallback = ''] = world.connections.keys()
  const implied = world.connections.has(`${provider}-${region}`)
    ? `${provider}-${region}`
    : fallback
  return {
    name: textOf(group, 'name', `g${index + 1}`),
    size: Number(group['nodeGroupSize'] ?? group['subGroupSize'] ?? 1),
    connection: textOf(group, 'connectionName', implied),
    spec,
    image: textOf(group, 'imageId', 'ubuntu22.04'),
  }
}

/** Answers at once and lets the machines change in the background. */
export function act(world: World, nodes: readonly Node[], call: Call): Reply {
  const action = call.query.get('action') ?? ''
  const machines: readonly Machine[] = nodes.map(({ machine }) => machine)
  if (!control(world, machines, action)) {
    return message(500, `'action' should be one of these: ${Object.keys(ACTIONS).join(', ')}`)
  }
  return message(200, `Success: ${action} is requested`)
}
