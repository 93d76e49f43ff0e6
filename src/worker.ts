import { env, WorkerEntrypoint } from 'cloudflare:workers'
import plan, { documents } from '#plan'
import { withStoreFaults } from './admin/store-fault.ts'
import type { AdminDoor, Host } from './gateway/host.ts'
import { createLive } from './gateway/live.ts'
import { type Bundle, createStorage, type StorageHost } from './gateway/storage.ts'
import { addressSource } from './http/address.ts'
import { bearerMatches } from './http/bearer.ts'
import { createIssuerKeys } from './objects/keys/client.ts'
import { createLimiter } from './objects/limiter/client.ts'
import { createObjectStore } from './objects/store/client.ts'
import type { Plan } from './plan/types.ts'
import type { Store as Port } from './ports.ts'
import { createStateDoor } from './state/door.ts'
import type { Namespaces } from './state/objects.ts'
import { remoteObjects } from './state/remote.ts'
import { openEtcd } from './store/etcd.ts'
import { createKvStore } from './store/kv.ts'
import { openStore, PREFIX } from './store/open.ts'
import { createTelemetry } from './telemetry/telemetry.ts'
import { createInFlight } from './upstream/in-flight.ts'

export { Keys } from './objects/keys/object.ts'
export { Limiter } from './objects/limiter/object.ts'
export { Metrics } from './objects/metrics/object.ts'
export { Store } from './objects/store/object.ts'

/** The composition root: bindings of the host become ports of the core; nothing else sees `env`. */
const bindings: Readonly<Record<string, unknown>> = { ...env }

const text = (name: string): string | undefined => {
  const value = bindings[name]
  return typeof value === 'string' ? value : undefined
}

/** The objects live in this process unless it is given the way to another, whose `State` entrypoint keeps them. */
const objects: Namespaces = hasFetcher('STATE')
  ? remoteObjects({
      fetch: (url, init) => fetcher('STATE').fetch(url, init),
      token: text('STATE_TOKEN') ?? '',
    })
  : env

const writeLine = (line: string): void => console.log(line)

const inFlight = createInFlight(Date.now)
const host: Host = {
  inFlight,
  admin: (c) => openAdmin().then((admin) => admin(c)),
  addressSource: addressSource(text('CLIENT_ADDRESS')),
  metricsToken: text('METRICS_TOKEN'),
  ports: {
    fetch: (outbound, binding) =>
      binding === undefined
        ? fetch(outbound.url, outbound)
        : fetcher(binding).fetch(outbound.url, outbound),
    secret: text,
    now: Date.now,
    limiter: createLimiter({ shards: objects.LIMITER, platform: rateLimit, now: Date.now }),
    issuerKeys: createIssuerKeys({ readers: objects.KEYS, now: Date.now }),
    telemetry: createTelemetry({ metrics: objects.METRICS, now: Date.now, write: writeLine }),
  },
}
const live = createLive(host)
const bundled = () => JSON.parse(plan) as Plan
const started = live.swap(bundled())
if (!started.ok) console.error(started.error.map(({ message }) => message).join('\n'))

const stores = openStores()
const storage = createStorage({
  ...stores,
  live,
  inFlight,
  now: Date.now,
  write: (line) => console.error(line),
  bundle: { ...(JSON.parse(documents) as Documents), plan: bundled },
})

let door: AdminDoor | undefined

/** The Admin API, loaded when somebody asks for it: only administrators need it. */
async function openAdmin(): Promise<AdminDoor> {
  if (door !== undefined) return door
  const { createAdmin } = await import('./admin/app.ts')
  const { createSnapshots } = await import('./snapshots/snapshots.ts')
  const { scrypt } = await import('./scrypt.ts')
  door = createAdmin({
    gateway: host,
    accounts: {
      store: stores.store,
      scrypt,
      now: Date.now,
      configured: () => live.plan()?.site.admin.users ?? {},
    },
    snapshots: createSnapshots(storage.archive),
    livePlan: live.plan,
    bootstrapSecret: text('CB_BRIDGE_BOOTSTRAP'),
  })
  return door
}

export default {
  fetch: (request, _env, context) => {
    const checked = storage.beforeRequest(context)
    return checked === undefined
      ? live.fetch(request, context)
      : checked.then(() => live.fetch(request, context))
  },
} satisfies ExportedHandler

/** The files of the bundle, as `cb-bridge build` writes them. */
type Documents = Omit<Bundle, 'plan'>

/** What `LiveSwap` is given. */
interface Next {
  readonly plan: Plan
  readonly values?: Readonly<Record<string, string>>
  /** The files the plan was made of. */
  readonly documents?: Documents
}

/** The private door through which a running gateway gets its next plan; closed without `LIVE_SWAP_SECRET`. */
export class LiveSwap extends WorkerEntrypoint {
  override async fetch(request: Request): Promise<Response> {
    const secret = text('LIVE_SWAP_SECRET')
    if (secret === undefined) return new Response(null, { status: 404 })
    if (!bearerMatches(request.headers.get('authorization'), secret)) {
      return new Response(null, { status: 401 })
    }
    const { plan, values, documents } = await request.json<Next>()
    // What is published already does not come over an edit; what is published later does.
    await storage.acknowledge().catch((cause: unknown) => console.error(String(cause)))
    const swapped = live.swap(plan, values)
    if (!swapped.ok) return Response.json({ faults: swapped.error }, { status: 422 })
    if (documents !== undefined) storage.rebundle({ ...documents, plan: () => plan })
    return Response.json({ version: swapped.value })
  }
}

/** The private door to the objects of this process, for gateways in others; closed without `STATE_TOKEN`. */
export class State extends WorkerEntrypoint {
  readonly #door = createStateDoor({
    objects: env,
    token: text('STATE_TOKEN'),
    report: (cause) => console.error(String(cause)),
  })

  override fetch(request: Request): Promise<Response> {
    return this.#door(request)
  }
}

/** etcd where `STORE_URL` names one, else an object; and where the last good plan is kept. */
function openStores(): Pick<StorageHost, 'store' | 'replica'> {
  const url = text('STORE_URL')
  return {
    store:
      url === undefined
        ? withStoreFaults(openStore(createObjectStore(objects.STORE, 'store'), PREFIX))
        : withStoreFaults(openEtcd(url, PREFIX, fetch)),
    replica: openStore(openReplica(bindings['LAST_GOOD']), PREFIX),
  }
}

/** `LAST_GOOD` is a KV namespace at the edge, objects of its own beside a state process, or nothing. */
function openReplica(binding: unknown): Port {
  const isThere = typeof binding === 'object' && binding !== null
  if (isThere && 'list' in binding) return createKvStore(binding as KVNamespace)
  const namespace = isThere ? (binding as Namespaces['STORE']) : objects.STORE
  return createObjectStore(namespace, 'last-good')
}

function fetcher(name: string): Fetcher {
  if (hasFetcher(name)) return bindings[name] as Fetcher
  throw new Error(`no binding named ${name}`)
}

function hasFetcher(name: string): boolean {
  const binding = bindings[name]
  return typeof binding === 'object' && binding !== null && 'fetch' in binding
}

/** A binding of `[[ratelimits]]`, where the host has one. */
function rateLimit(name: string): RateLimit | undefined {
  const binding = bindings[name]
  return typeof binding === 'object' && binding !== null && 'limit' in binding
    ? (binding as RateLimit)
    : undefined
}
