import { askReady, readyAt } from '../wiring/ready.ts'
import { withScheme } from '../system/address.ts'
import type { Api, Component } from '../system/model.ts'
import { GatewayError } from '../wiring/gateway.ts'
import { Registry } from '../wiring/registry.ts'
import { ownerOf } from '../wiring/publish.ts'
import { type Facts, factsOf, type Volume } from './facts.ts'
import { progressOf } from './progress.ts'
import type { Reached } from './ready-to-go.ts'
import type { ComponentReport } from './report.ts'
import type { Wanted } from './wanted.ts'

/** A component as cluster and gateway show it. */
export interface ComponentStatus extends ComponentReport {
  /** The version of the image that runs; `null` when none does. */
  readonly running: string | null
  readonly replicas: { readonly wanted: number; readonly ready: number }
  readonly restarts: number
  /** How a container of it ended badly, last; `null` when none did. */
  readonly lastError: string | null
  readonly volumes: readonly Volume[]
  readonly upstreams: readonly UpstreamStatus[]
}

export interface UpstreamStatus {
  readonly name: string
  readonly state: 'open' | 'draining' | 'drained' | 'absent' | 'foreign' | 'unknown'
  readonly revision: string | null
  readonly address: string | null
  /** Whether the component answers there. */
  readonly isReady: boolean
}

export interface Status {
  readonly components: readonly ComponentStatus[]
  /** Whether all is as far as it shall be. */
  readonly isGood: boolean
}

/** Looks at a stack, in the cluster and at its gateway; `token` opens the latter. */
export async function statusOf(
  { system, settings }: Wanted,
  { cluster, config, where }: Reached,
  token: string | undefined,
): Promise<Status> {
  const facts = await factsOf(config, where)
  const owner = ownerOf(where.stack, await cluster.identity())
  const { url } = settings.gateway
  // Somebody looks at this: a gateway that is away is told at once.
  const registry =
    url === undefined || token === undefined
      ? undefined
      : new Registry({ url: withScheme(url), token }, { patienceMs: 0 })
  const components = await Promise.all(
    system.components.map(async (component) => {
      const { api } = component
      const upstreams =
        api === undefined || url === undefined ? [] : await upstreamsOf(api, owner, registry)
      return componentStatus(component, facts, upstreams)
    }),
  )
  const isGood = components.every(({ state, upstreams }) =>
    upstreams.length > 0 ? state === 'wired' : state === 'ready',
  )
  return { components, isGood }
}

function componentStatus(
  { name, version, replicas, times }: Component,
  { pods, workloads, claims }: Facts,
  upstreams: readonly UpstreamStatus[],
): ComponentStatus {
  const workload = workloads[name]
  const own = pods[name] ?? []
  const progress = progressOf(own, replicas)
  const isWired =
    upstreams.length > 0 && upstreams.every(({ state, isReady }) => state === 'open' && isReady)
  const running = progress.state === 'ready' && isWired ? 'wired' : progress.state
  const reason = progress.reason ?? upstreamFault(upstreams)
  return {
    name,
    state:
      workload === undefined ? ((claims[name] ?? []).length > 0 ? 'stopped' : 'gone') : running,
    reason: workload === undefined ? 'it does not run' : (reason ?? null),
    version,
    bound: times.startMs,
    running: workload === undefined ? null : tagOf(workload.image),
    replicas: { wanted: replicas, ready: own.filter(({ isReady }) => isReady).length },
    restarts: own.reduce((sum, { restarts }) => sum + restarts, 0),
    lastError: own.flatMap(({ lastError }) => lastError ?? []).at(-1) ?? null,
    volumes: claims[name] ?? [],
    upstreams,
  }
}

function upstreamFault(upstreams: readonly UpstreamStatus[]): string | undefined {
  const bad = upstreams.find(({ state }) => state !== 'open')
  if (bad !== undefined) return `the upstream "${bad.name}" is ${bad.state}`
  const silent = upstreams.find(({ isReady }) => !isReady)
  return silent && `it does not answer its readiness request at ${silent.address ?? 'its address'}`
}

/** Tag or digest of an image. */
const tagOf = (image: string): string =>
  image.split('@')[1] ?? /:([^/:]+)$/.exec(image)?.[1] ?? image

async function upstreamsOf(
  api: Api,
  owner: string,
  registry: Registry | undefined,
): Promise<readonly UpstreamStatus[]> {
  return Promise.all(
    api.upstreams.map(async ({ name }): Promise<UpstreamStatus> => {
      const nothing = { name, revision: null, address: null, isReady: false }
      if (registry === undefined) return { ...nothing, state: 'unknown' }
      const live = await registry.find(name).catch(unknown)
      if (live === 'unknown') return { ...nothing, state: 'unknown' }
      if (live === undefined) return { ...nothing, state: 'absent' }
      const address = live.settings.targets[0]?.url ?? null
      return {
        name,
        state: live.owner === owner ? live.drain.state : 'foreign',
        revision: live.etag.replaceAll('"', ''),
        address,
        isReady: (await askReady(readyAt(live.settings, api.ready))) === undefined,
      }
    }),
  )
}

function unknown(error: unknown): 'unknown' {
  if (error instanceof GatewayError) return 'unknown'
  throw error
}
