import { createInfra } from './provision.ts'
import type { Resource, World } from './world.ts'

/** Fills a world with what a first `curl` should find: one running infra on three clouds, its networks and keys. */
export function seed(world: World): void {
  for (const connection of world.connections.keys()) {
    for (const resource of baseResources(connection)) {
      world.resources.set(`${resource.namespace}/${resource.type}/${resource.id}`, resource)
    }
  }
  const created = createInfra(world, {
    namespace: 'default',
    name: 'infra01',
    description: 'An infra on three clouds',
    groups: [...world.connections.values()].map((connection, index) => ({
      name: `g${index + 1}`,
      size: 1,
      connection: connection.name,
      spec: `${connection.provider}+${connection.region}+small`,
      image: 'ubuntu22.04',
    })),
  })
  if (!created.ok) throw new Error(created.error)
  for (const node of created.value.nodes) {
    node.machine.life = { ...node.machine.life, until: world.clock.now() }
  }
}

function baseResources(connection: string): readonly Resource[] {
  const common = { namespace: 'default', fields: { connectionName: connection } }
  return [
    vNet(connection),
    {
      ...common,
      type: 'securityGroup',
      id: `sg-${connection}`,
      fields: {
        connectionName: connection,
        vNetId: `vnet-${connection}`,
        firewallRules: [
          { port: '22', protocol: 'TCP', direction: 'inbound', cidr: '0.0.0.0/0' },
          { port: '443', protocol: 'TCP', direction: 'inbound', cidr: '0.0.0.0/0' },
        ],
      },
    },
    {
      ...common,
      type: 'sshKey',
      id: `key-${connection}`,
      fields: {
        connectionName: connection,
        username: 'cb-user',
        fingerprint: 'SHA256:c3RhbmQtaW4',
        privateKey: '-----BEGIN STAND-IN KEY-----\nnot a key\n-----END STAND-IN KEY-----\n',
      },
    },
    {
      ...common,
      type: 'image',
      id: `ubuntu22.04-${connection}`,
      fields: {
        connectionName: connection,
        cspImageName: 'ubuntu-22.04-server',
        osType: 'Ubuntu 22.04',
        osArchitecture: 'x86_64',
        imageStatus: 'Available',
      },
    },
    {
      ...common,
      type: 'spec',
      id: `small-${connection}`,
      fields: {
        connectionName: connection,
        cspSpecName: 'small',
        vCPU: 2,
        memoryGiB: 4,
        costPerHour: 0.0208,
      },
    },
  ]
}

const vNet = (connection: string): Resource => ({
  namespace: 'default',
  type: 'vNet',
  id: `vnet-${connection}`,
  fields: {
    connectionName: connection,
    cidrBlock: '10.0.0.0/16',
    subnetInfoList: [{ id: `subnet-${connection}`, ipv4_CIDR: '10.0.1.0/24' }],
    status: 'Available',
  },
})
