import type { Clock } from './clock.ts'

/**
 * What all stand-ins know together, in memory: a machine that CB-Tumblebug provisions is a VM in CB-Spider and is
 * measured by CB-Dragonfly, as in the real system.
 */
export interface World {
  readonly clock: Clock
  /** How long the provisioning of an infra or a cluster takes, in milliseconds. */
  readonly creationMs: number
  readonly namespaces: Map<string, Namespace>
  readonly connections: Map<string, Connection>
  /** By `<namespace>/<id>`. */
  readonly infras: Map<string, Infra>
  /** By name. */
  readonly machines: Map<string, Machine>
  /** By `<namespace>/<type>/<id>`. */
  readonly resources: Map<string, Resource>
  /** Counts up; makes ids and addresses that differ. */
  readonly next: () => number
}

export interface Namespace {
  readonly id: string
  readonly uid: string
  readonly description: string
}

/** A cloud credential and a region under one name. */
export interface Connection {
  readonly name: string
  readonly provider: string
  readonly region: string
  readonly zone: string
  readonly display: string
  readonly latitude: number
  readonly longitude: number
}

/** A state that gives way to another at a moment: nothing has to run for a creation to end. */
export interface Life {
  readonly during: string
  readonly after: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

export interface Machine {
  readonly name: string
  readonly systemId: string
  readonly connection: string
  readonly spec: string
  readonly image: string
  readonly publicIp: string
  readonly privateIp: string
  readonly createdAt: number
  life: Life
}

export interface Node {
  readonly id: string
  readonly group: string
  readonly machine: Machine
}

export interface Infra {
  readonly id: string
  readonly uid: string
  readonly namespace: string
  readonly description: string
  readonly nodes: readonly Node[]
}

/** A network, key or the like that CB-Tumblebug keeps; `fields` are those of the real answer. */
export interface Resource {
  readonly namespace: string
  readonly type: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

const SEOUL = { display: 'South Korea (Seoul)', latitude: 37.36, longitude: 126.78 }

const CONNECTIONS: readonly Connection[] = [
  {
    name: 'aws-ap-northeast-2',
    provider: 'aws',
    region: 'ap-northeast-2',
    zone: 'ap-northeast-2a',
    ...SEOUL,
  },
  {
    name: 'gcp-asia-northeast3',
    provider: 'gcp',
    region: 'asia-northeast3',
    zone: 'asia-northeast3-a',
    ...SEOUL,
  },
  {
    name: 'azure-koreacentral',
    provider: 'azure',
    region: 'koreacentral',
    zone: '1',
    ...SEOUL,
  },
]

/** An empty world with one namespace, `default`, and three connections. */
export function createWorld(clock: Clock, creationMs: number): World {
  let count = 0
  return {
    clock,
    creationMs,
    namespaces: new Map([['default', { id: 'default', uid: 'ns-0', description: 'Default' }]]),
    connections: new Map(CONNECTIONS.map((connection) => [connection.name, connection])),
    infras: new Map(),
    machines: new Map(),
    resources: new Map(),
    next: () => ++count,
  }
}

/** The state that holds now. */
export const stateOf = (life: Life, now: number): string =>
  now < life.until ? life.during : life.after

export const infrasOf = (world: World, namespace: string): readonly Infra[] =>
  [...world.infras.values()].filter((infra) => infra.namespace === namespace)

export const resourcesOf = (world: World, namespace: string, type: string): readonly Resource[] =>
  [...world.resources.values()].filter((r) => r.namespace === namespace && r.type === type)

/** Seconds since the epoch as the date texts of the Go services, `2026-01-31 12:00:00`. */
export const dateText = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
