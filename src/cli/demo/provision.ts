import { err, ok } from '../../lib/result.ts'
import type { Result } from '../../lib/result.ts'
import { stateOf } from './world.ts'
import type { Infra, Machine, Node, World } from './world.ts'

/** A group of equal nodes that a request asks for. */
export interface GroupRequest {
  readonly name: string
  readonly size: number
  readonly connection: string
  readonly spec: string
  readonly image: string
}

export interface InfraRequest {
  readonly namespace: string
  readonly name: string
  readonly description: string
  readonly groups: readonly GroupRequest[]
}

/** What may be done to an infra or a node, and the states it passes. */
export const ACTIONS: Readonly<Record<string, readonly [during: string, after: string]>> = {
  suspend: ['Suspending', 'Suspended'],
  resume: ['Resuming', 'Running'],
  reboot: ['Rebooting', 'Running'],
  terminate: ['Terminating', 'Terminated'],
}

/** Begins to create an infra: its nodes come up one after the other within `world.creationMs`. */
export function createInfra(world: World, request: InfraRequest): Result<Infra, string> {
  const { namespace, name, description } = request
  if (!isName(name)) return err(`${name} does not comply with the naming rule`)
  const key = `${namespace}/${name}`
  if (world.infras.has(key)) return err(`The infra ${name} already exists.`)
  const unknown = request.groups.find((group) => !world.connections.has(group.connection))
  if (unknown !== undefined) return err(`${unknown.connection}: cannot find the connection`)
  const nodes = request.groups.flatMap((group) => createNodes(world, `${namespace}-${name}`, group))
  rise(world, nodes)
  const infra = { id: name, uid: `infra-${world.next()}`, namespace, description, nodes }
  world.infras.set(key, infra)
  return ok(infra)
}

/** The rule for names in CB-Tumblebug: lower-case letters, digits and inner dashes, a letter first. */
export const isName = (text: string): boolean => /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(text)

function createNodes(world: World, prefix: string, group: GroupRequest): readonly Node[] {
  return Array.from({ length: Math.min(Math.max(group.size, 1), 20) }, (_, index) => {
    const id = `${group.name}-${index + 1}`
    return { id, group: group.name, machine: createMachine(world, `${prefix}-${id}`, group) }
  })
}

/** Adds a machine that begins to be created. */
export function createMachine(
  world: World,
  name: string,
  request: Pick<GroupRequest, 'connection' | 'spec' | 'image'>,
): Machine {
  const number = world.next()
  const now = world.clock.now()
  const machine: Machine = {
    name,
    systemId: `i-${String(number).padStart(8, '0')}`,
    connection: request.connection,
    spec: request.spec,
    image: request.image,
    publicIp: `203.0.113.${number % 254 || 254}`,
    privateIp: `10.0.${(number >> 8) % 256}.${number % 256}`,
    createdAt: now,
    life: { during: 'Creating', after: 'Running', until: now + world.creationMs },
  }
  world.machines.set(name, machine)
  return machine
}

function rise(world: World, nodes: readonly Node[]): void {
  for (const [index, node] of nodes.entries()) {
    const share = (world.creationMs * (index + 1)) / nodes.length
    node.machine.life = { ...node.machine.life, until: world.clock.now() + share }
  }
}

/** Suspends, resumes, reboots or terminates machines; that takes half of what creation takes. */
export function control(world: World, machines: readonly Machine[], action: string): boolean {
  const states = ACTIONS[action]
  if (states === undefined) return false
  const until = world.clock.now() + world.creationMs / 2
  for (const machine of machines) machine.life = { during: states[0], after: states[1], until }
  return true
}

/** Forgets an infra and its machines. */
export function deleteInfra(world: World, infra: Infra): void {
  world.infras.delete(`${infra.namespace}/${infra.id}`)
  for (const node of infra.nodes) world.machines.delete(node.machine.name)
}

/** The state of an infra in CB-Tumblebug's words: `Running:3 (R:3/3)` or `Partial-Creating:1 (R:2/3)`. */
export function summarize(infra: Infra, now: number): string {
  const states = infra.nodes.map((node) => stateOf(node.machine.life, now))
  const running = states.filter((state) => state === 'Running').length
  const other = states.find((state) => state !== 'Running')
  const total = states.length
  if (other === undefined) return `Running:${running} (R:${running}/${total})`
  const same = states.filter((state) => state === other).length
  const part = same === total ? '' : 'Partial-'
  return `${part}${other}:${same} (R:${running}/${total})`
}
