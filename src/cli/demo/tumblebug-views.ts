import { summarize } from './provision.ts'
import { dateText, stateOf } from './world.ts'
import type { Connection, Infra, Node, World } from './world.ts'

/** A connection as CB-Tumblebug describes it. */
export const connConfig = (connection: Connection) => ({
  configName: connection.name,
  providerName: connection.provider,
  driverName: `${connection.provider}-driver-v1.0.so`,
  credentialName: connection.provider,
  credentialHolder: 'admin',
  regionZoneInfoName: `${connection.provider}-${connection.region}`,
  regionZoneInfo: { assignedRegion: connection.region, assignedZone: connection.zone },
  regionDetail: {
    regionId: connection.region,
    regionName: connection.region,
    location: {
      display: connection.display,
      latitude: connection.latitude,
      longitude: connection.longitude,
    },
    zones: [connection.zone],
  },
  regionRepresentative: true,
  verified: true,
})

/** The whole infra. */
export const infraView = (world: World, infra: Infra) => ({
  resourceType: 'infra',
  id: infra.id,
  uid: infra.uid,
  name: infra.id,
  status: summarize(infra, world.clock.now()),
  statusCount: countView(world, infra),
  targetStatus: 'None',
  targetAction: 'None',
  installMonAgent: 'no',
  configureCloudAdaptiveNetwork: 'no',
  label: { 'sys.manager': 'cb-tumblebug' },
  systemLabel: '',
  systemMessage: null,
  description: infra.description,
  node: infra.nodes.map((node) => nodeView(world, node)),
  newNodeList: null,
})

/** The answer of `option=status`. */
export const statusView = (world: World, infra: Infra) => ({
  id: infra.id,
  name: infra.id,
  status: summarize(infra, world.clock.now()),
  statusCount: countView(world, infra),
  targetStatus: 'None',
  targetAction: 'None',
  masterNodeId: infra.nodes[0]?.id ?? '',
  masterIp: infra.nodes[0]?.machine.publicIp ?? '',
  node: infra.nodes.map(({ id, machine }) => ({
    id,
    name: id,
    cspResourceId: machine.systemId,
    status: stateOf(machine.life, world.clock.now()),
    publicIp: machine.publicIp,
    privateIp: machine.privateIp,
  })),
})

function countView(world: World, infra: Infra) {
  const states = infra.nodes.map(({ machine }) => stateOf(machine.life, world.clock.now()))
  const count = (state: string) => states.filter((found) => found === state).length
  return {
    countTotal: states.length,
    countCreating: count('Creating'),
    countRunning: count('Running'),
    countSuspended: count('Suspended'),
    countTerminated: count('Terminated'),
  }
}

/** One node. */
export function nodeView(world: World, { id, group, machine }: Node) {
  const connection = world.connections.get(machine.connection)
  return {
    resourceType: 'node',
    id,
    uid: machine.name,
    cspResourceId: machine.systemId,
    name: id,
    nodeGroupId: group,
    location: {
      display: connection?.display ?? '',
      latitude: connection?.latitude ?? 0,
      longitude: connection?.longitude ?? 0,
    },
    status: stateOf(machine.life, world.clock.now()),
    targetStatus: 'None',
    targetAction: 'None',
    monAgentStatus: 'notInstalled',
    createdTime: dateText(machine.createdAt),
    label: { 'sys.nodeGroupId': group },
    region: { region: connection?.region ?? '', zone: connection?.zone ?? '' },
    publicIP: machine.publicIp,
    sshPort: 22,
    privateIP: machine.privateIp,
    connectionName: machine.connection,
    connectionConfig: connection === undefined ? null : connConfig(connection),
    specId: machine.spec,
    imageId: machine.image,
    vNetId: `vnet-${machine.connection}`,
    subnetId: `subnet-${machine.connection}`,
    securityGroupIds: [`sg-${machine.connection}`],
    sshKeyId: `key-${machine.connection}`,
  }
}

/** How to log in to the nodes; with their private keys if asked for. */
export function accessView(world: World, infra: Infra, showsKey: boolean) {
  return {
    InfraId: infra.id,
    InfraNodeGroupAccessInfo: infra.nodes.map(({ id, group, machine }) => ({
      NodeGroupId: group,
      BastionNodeId: '',
      NodeAccessInfo: [
        {
          nodeId: id,
          publicIP: machine.publicIp,
          privateIP: machine.privateIp,
          sshPort: 22,
          nodeUserName: 'cb-user',
          ...(showsKey
            ? {
                privateKey: world.resources.get(
                  `${infra.namespace}/sshKey/key-${machine.connection}`,
                )?.fields['privateKey'],
              }
            : {}),
        },
      ],
    })),
  }
}
