import { ACTIONS, control, createMachine } from './provision.ts'
import { isObject, json, message, objectOf, textOf } from './replies.ts'
import type { Call, Handler, Reply, Routes } from './router.ts'
import { missing } from './spider-info.ts'
import { stateOf } from './world.ts'
import type { Connection, Machine, Resource, World } from './world.ts'

/** CB-Spider's view of one cloud: everything asks for a `ConnectionName`, in the query or in the body. */
export function cloudRoutes(world: World): Routes {
  return {
    ...resourceRoutes(world, { path: 'vpc', type: 'vNet', view: vpc }),
    ...resourceRoutes(world, { path: 'securitygroup', type: 'securityGroup', view: group }),
    ...resourceRoutes(world, { path: 'keypair', type: 'sshKey', view: keyPair }),
    ...resourceRoutes(world, { path: 'vmspec', type: 'spec', view: spec }),
    ...resourceRoutes(world, { path: 'vmimage', type: 'image', key: 'image', view: image }),
    ...emptyRoutes(world, ['disk', 'nlb', 'myimage', 'cluster']),
    ...machineRoutes(world),
  }
}

interface Kind {
  readonly path: string
  readonly type: string
  /** Name of the list in the answer; the path unless said. */
  readonly key?: string
  readonly view: (resource: Resource) => Readonly<Record<string, unknown>>
}

function resourceRoutes(world: World, kind: Kind): Routes {
  const list = (connection: Connection) =>
    [...world.resources.values()].filter(
      (r) => r.type === kind.type && r.fields['connectionName'] === connection.name,
    )
  return {
    [`GET /spider/${kind.path}`]: inConnection(world, (connection) =>
      json({ [kind.key ?? kind.path]: list(connection).map(kind.view) }),
    ),
    [`GET /spider/${kind.path}/:name`]: inConnection(world, (connection, call) => {
      const found = list(connection).find((r) => r.id === call.param('name'))
      return found === undefined ? missing(call.param('name')) : json(kind.view(found))
    }),
  }
}

const emptyRoutes = (world: World, paths: readonly string[]): Routes =>
  Object.fromEntries(
    paths.map((path) => [`GET /spider/${path}`, inConnection(world, () => json({ [path]: [] }))]),
  )

function machineRoutes(world: World): Routes {
  const list = (connection: Connection) =>
    [...world.machines.values()].filter((m) => m.connection === connection.name)
  const one = (answer: (machine: Machine, call: Call) => Reply): Handler =>
    inConnection(world, (connection, call) => {
      const found = list(connection).find((m) => m.name === call.param('name'))
      return found === undefined ? missing(call.param('name')) : answer(found, call)
    })
  const status = (machine: Machine) => stateOf(machine.life, world.clock.now())
  return {
    'GET /spider/vm': inConnection(world, (c) => json({ vm: list(c).map((m) => vm(m, c)) })),
    'POST /spider/vm': inConnection(world, (connection, call) => startVm(world, connection, call)),
    'GET /spider/vm/:name': inConnection(world, (connection, call) => {
      const found = list(connection).find((m) => m.name === call.param('name'))
      return found === undefined ? missing(call.param('name')) : json(vm(found, connection))
    }),
    'DELETE /spider/vm/:name': one((machine) => {
      control(world, [machine], 'terminate')
      return json({ Status: status(machine) })
    }),
    'GET /spider/vmstatus': inConnection(world, (connection) =>
      json({ vmstatus: list(connection).map((m) => ({ IId: iid(m), VmStatus: status(m) })) }),
    ),
    'GET /spider/vmstatus/:name': one((machine) => json({ Status: status(machine) })),
    'GET /spider/controlvm/:name': one((machine, call) => {
      const action = call.query.get('action') ?? ''
      if (!(action in ACTIONS) || !control(world, [machine], action)) {
        return message(500, `${action} is not a valid action!!`)
      }
      return json({ Status: status(machine) })
    }),
  }
}

type Answer = (connection: Connection, call: Call) => Reply | Promise<Reply>

function inConnection(world: World, answer: Answer): Handler {
  return (call) => {
    const fromBody = textOf(objectOf(call) ?? {}, 'ConnectionName')
    const name = fromBody || (call.query.get('ConnectionName') ?? '')
    if (name === '') return message(500, 'connectionName is empty!')
    const connection = world.connections.get(name)
    return connection === undefined ? missing(name) : answer(connection, call)
  }
}

async function startVm(world: World, connection: Connection, call: Call): Promise<Reply> {
  const request = objectOf(call)?.['ReqInfo']
  const name = isObject(request) ? textOf(request, 'Name') : ''
  if (!isObject(request) || name === '') return message(500, 'ReqInfo.Name is empty!')
  if (world.machines.has(name)) return message(500, `vm-${name} already exists!`)
  const machine = createMachine(world, name, {
    connection: connection.name,
    spec: textOf(request, 'VMSpecName'),
    image: textOf(request, 'ImageName'),
  })
  await world.clock.sleep(world.creationMs)
  return json(vm(machine, connection))
}

const iid = (machine: Machine) => ({ NameId: machine.name, SystemId: machine.systemId })

const vm = (machine: Machine, connection: Connection) => ({
  IId: iid(machine),
  StartTime: new Date(machine.createdAt).toISOString(),
  Region: { Region: connection.region, Zone: connection.zone },
  ImageIId: { NameId: machine.image, SystemId: machine.image },
  VMSpecName: machine.spec,
  PublicIP: machine.publicIp,
  PrivateIP: machine.privateIp,
  SSHAccessPoint: `${machine.publicIp}:22`,
  VMUserId: 'cb-user',
})

const nameOf = (resource: Resource) => ({ NameId: resource.id, SystemId: `csp-${resource.id}` })

const vpc: Kind['view'] = (resource) => ({
  IId: nameOf(resource),
  IPv4_CIDR: resource.fields['cidrBlock'],
  SubnetInfoList: [{ IId: { NameId: 'subnet', SystemId: 'subnet' }, IPv4_CIDR: '10.0.1.0/24' }],
})

const group: Kind['view'] = (resource) => ({
  IId: nameOf(resource),
  VpcIID: { NameId: resource.fields['vNetId'], SystemId: '' },
  SecurityRules: resource.fields['firewallRules'],
})

const keyPair: Kind['view'] = (resource) => ({
  IId: nameOf(resource),
  Fingerprint: resource.fields['fingerprint'],
  PublicKey: '',
  PrivateKey: resource.fields['privateKey'],
  VMUserID: resource.fields['username'],
})

const spec: Kind['view'] = (resource) => ({
  Name: resource.id,
  VCpu: { Count: String(resource.fields['vCPU']), ClockGHz: '-1' },
  MemSizeMiB: '4096',
})

const image: Kind['view'] = (resource) => ({
  IId: nameOf(resource),
  Name: resource.id,
  OSDistribution: resource.fields['osType'],
  OSArchitecture: resource.fields['osArchitecture'],
  ImageStatus: resource.fields['imageStatus'],
})
