import { createInfra, deleteInfra, summarize } from './provision.ts'
import { isObject, json, message, objectOf, textOf } from './replies.ts'
import type { Call, Handler, Reply, Routes } from './router.ts'
import { act, groupOf } from './tumblebug-infra.ts'
import { infrasOf, stateOf } from './world.ts'
import type { Infra, Node, World } from './world.ts'

/** The same infrastructure as CB-Tumblebug named it in 2020-21: an `mcis` has `vm`s. */
export function mcisRoutes(world: World): Routes {
  const at = '/tumblebug/ns/:nsId'
  const one = withMcis.bind(undefined, world)
  return {
    [`GET ${at}/mcis`]: (call) => {
      const all = infrasOf(world, call.param('nsId'))
      return call.query.get('option') === 'id'
        ? json({ mcis: all.map(({ id }) => id) })
        : json({ mcis: all.map((infra) => mcisView(world, infra)) })
    },
    [`POST ${at}/mcis`]: (call) => provision(world, call),
    [`GET ${at}/mcis/:mcisId`]: one((infra, call) => {
      if (call.query.has('action')) return act(world, infra.nodes, call)
      const view = mcisView(world, infra)
      return json(call.query.get('option') === 'status' ? { status: view } : view)
    }),
    [`DELETE ${at}/mcis/:mcisId`]: one((infra) => {
      deleteInfra(world, infra)
      return message(200, `Deleted the MCIS ${infra.id}`)
    }),
    [`GET ${at}/mcis/:mcisId/vm/:vmId`]: one((infra, call) => {
      const node = infra.nodes.find(({ id }) => id === call.param('vmId'))
      return node === undefined
        ? message(404, `The vm ${call.param('vmId')} does not exist.`)
        : json(vmView(world, node))
    }),
    [`GET ${at}/control/mcis/:mcisId`]: one((infra, call) => act(world, infra.nodes, call)),
    [`GET ${at}/policy/mcis`]: () => json({ mcisPolicy: [] }),
    [`GET ${at}/checkMcis/:mcisId`]: (call) =>
      json({ exists: world.infras.has(`${call.param('nsId')}/${call.param('mcisId')}`) }),
    'GET /tumblebug/region': () =>
      json({
        region: [...world.connections.values()].map((connection) => ({
          RegionName: `${connection.provider}-${connection.region}`,
          ProviderName: connection.provider.toUpperCase(),
        })),
      }),
  }
}

function withMcis(world: World, answer: (infra: Infra, call: Call) => Reply): Handler {
  return (call) => {
    const id = call.param('mcisId')
    const infra = world.infras.get(`${call.param('nsId')}/${id}`)
    return infra === undefined
      ? message(404, `The mcis ${id} does not exist.`)
      : answer(infra, call)
  }
}

async function provision(world: World, call: Call): Promise<Reply> {
  const body = objectOf(call)
  if (body === undefined) return message(400, 'code=400, message=Syntax error')
  const machines = Array.isArray(body['vm']) ? body['vm'] : []
  const created = createInfra(world, {
    namespace: call.param('nsId'),
    name: textOf(body, 'name'),
    description: textOf(body, 'description'),
    groups: machines.filter(isObject).map((vm, index) => groupOf(world, vm, index)),
  })
  if (!created.ok) return message(409, created.error)
  await world.clock.sleep(world.creationMs)
  return json(mcisView(world, created.value), 201)
}

const mcisView = (world: World, infra: Infra) => ({
  id: infra.id,
  name: infra.id,
  status: summarize(infra, world.clock.now()),
  targetStatus: 'None',
  targetAction: 'None',
  installMonAgent: 'no',
  label: '',
  placementAlgo: '',
  description: infra.description,
  vm: infra.nodes.map((node) => vmView(world, node)),
})

function vmView(world: World, { id, machine }: Node) {
  const connection = world.connections.get(machine.connection)
  return {
    id,
    name: id,
    connectionName: machine.connection,
    specId: machine.spec,
    imageId: machine.image,
    vNetId: `vnet-${machine.connection}`,
    subnetId: `subnet-${machine.connection}`,
    securityGroupIds: [`sg-${machine.connection}`],
    sshKeyId: `key-${machine.connection}`,
    vmUserAccount: 'cb-user',
    location: {
      latitude: String(connection?.latitude ?? 0),
      longitude: String(connection?.longitude ?? 0),
      briefAddr: connection?.display ?? '',
      cloudType: connection?.provider ?? '',
      nativeRegion: connection?.region ?? '',
    },
    status: stateOf(machine.life, world.clock.now()),
    targetStatus: 'None',
    targetAction: 'None',
    monAgentStatus: 'notInstalled',
    region: { Region: connection?.region ?? '', Zone: connection?.zone ?? '' },
    publicIP: machine.publicIp,
    privateIP: machine.privateIp,
    cspViewVmDetail: { IId: { NameId: machine.name, SystemId: machine.systemId } },
  }
}
