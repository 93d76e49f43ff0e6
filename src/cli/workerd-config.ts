import { printCapnp, verbatim } from './capnp.ts'
import type { Capnp } from './capnp.ts'
import type { External } from './externals.ts'
import { objectBindings, type ObjectBinding } from './wrangler.ts'
import type { Wrangler } from './wrangler.ts'
import type { Role } from './role.ts'

/** What a configuration of plain workerd is made from, beside wrangler.toml. */
export interface WorkerdSettings {
  /** File names of the Worker's modules, the main one first. */
  readonly modules: readonly string[]
  readonly wrangler: Wrangler
  readonly role: Role
  /** `host:port` of the state process; for the role `gateway`. */
  readonly stateAddress?: string
  /** `host:port` to listen on. */
  readonly address: string
  /** Variables whose value may be read by anyone who reads the file. */
  readonly texts: Readonly<Record<string, string>>
  /** Names of environment variables that workerd reads itself, so that no secret is written down. */
  readonly secrets: readonly string[]
  readonly externals: readonly External[]
  /**
   * Absolute path of a writable directory. workerd's storage in memory knows no SQL, so objects always have one; a gateway
   * whose objects live elsewhere keeps its last good plan there.
   */
  readonly stateDirectory?: string
  /** Opens the `LiveSwap` entrypoint on a port of its own on 127.0.0.1. */
  readonly hasSwapDoor: boolean
  readonly v8Flags: readonly string[]
}

/** Configuration text for `workerd serve`; it embeds the modules from beside it. */
export function workerdConfig(settings: WorkerdSettings): string {
  const { wrangler, role } = settings
  const config: Capnp = {
    services: [
      { name: wrangler.name, worker: verbatim('.gateway') },
      {
        name: 'internet',
        network: {
          allow: ['public', 'private', 'local'],
          tlsOptions: { trustBrowserCas: true },
        },
      },
      ...settings.externals.map(externalService),
      ...stateServices(settings),
    ],
    sockets: [
      {
        name: 'http',
        address: settings.address,
        http: {},
        service: role === 'state' ? { name: wrangler.name, entrypoint: 'State' } : wrangler.name,
      },
      ...(settings.hasSwapDoor ? [swapSocket(wrangler.name)] : []),
    ],
    v8Flags: settings.v8Flags.length === 0 ? undefined : settings.v8Flags,
  }
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    `const config :Workerd.Config = ${printCapnp(config)};`,
    `const gateway :Workerd.Worker = ${printCapnp(worker(settings))};`,
    '',
  ].join('\n')
}

/** Names of the sockets as `workerd --control-fd` reports their ports. */
export const SOCKETS = { http: 'http', swap: 'swap' } as const

function worker(settings: WorkerdSettings): Capnp {
  const { wrangler, role } = settings
  const objects = localObjects(settings)
  return {
    modules: settings.modules.map((name) => ({ name, esModule: verbatim(`embed "${name}"`) })),
    compatibilityDate: wrangler.compatibility_date,
    compatibilityFlags: wrangler.compatibility_flags,
    bindings: [
      ...Object.entries(settings.texts).map(([name, text]) => ({ name, text })),
      ...settings.secrets.map((name) => ({ name, fromEnvironment: name })),
      ...objects.map(({ binding, className }) => ({
        name: binding,
        durableObjectNamespace: className,
      })),
      ...(role === 'gateway' ? [{ name: 'STATE', service: 'state' }] : []),
      ...settings.externals.map(({ binding }) => ({
        name: binding,
        service: serviceName(binding),
      })),
    ],
    globalOutbound: 'internet',
    ...(objects.length === 0 ? {} : objectStorage(wrangler, objects)),
  }
}

/** Objects that live in this process: a gateway with a state process has at most the one that keeps its last good plan. */
function localObjects({
  role,
  wrangler,
  stateDirectory,
}: WorkerdSettings): readonly ObjectBinding[] {
  if (role !== 'gateway') return objectBindings(wrangler)
  return stateDirectory === undefined ? [] : [{ binding: 'LAST_GOOD', className: 'Store' }]
}

const objectStorage = (wrangler: Wrangler, objects: readonly ObjectBinding[]) => ({
  durableObjectNamespaces: objects.map(({ className }) => ({
    className,
    // As miniflare makes it, so that both find each other's data.
    uniqueKey: `${wrangler.name}-${className}`,
    enableSql: true,
  })),
  durableObjectStorage: { localDisk: 'disk' },
})

/** Where objects keep their data: our disk, the process that has them, or both. */
const stateServices = ({ stateDirectory, stateAddress }: WorkerdSettings): readonly Capnp[] => [
  ...(stateDirectory === undefined
    ? []
    : [{ name: 'disk', disk: { path: stateDirectory, writable: true } }]),
  ...(stateAddress === undefined
    ? []
    : [{ name: 'state', external: { address: stateAddress, http: {} } }]),
]

const swapSocket = (service: string): Capnp => ({
  name: SOCKETS.swap,
  address: '127.0.0.1:0',
  http: {},
  service: { name: service, entrypoint: 'LiveSwap' },
})

function externalService({ binding, address, tlsHost }: External): Capnp {
  const name = serviceName(binding)
  if (tlsHost === undefined) return { name, external: { address, http: {} } }
  const https = { tlsOptions: { trustBrowserCas: true }, certificateHost: tlsHost }
  return { name, external: { address, https } }
}

/** A prefix keeps bindings apart from `internet`, `disk` and `state`. */
const serviceName = (binding: string): string => `upstream-${binding}`
