import { resolve as absolute } from 'node:path'
import { getProject, getStack, type Output, RunError, runtime, Stash } from '@pulumi/pulumi'
import type { Complaint, Fault } from '../src/config/diagnostics.ts'
import { type Cluster, ClusterError } from './kubernetes/cluster.ts'
import { type Access, connect } from './kubernetes/connect.ts'
import { deploy, type Deployed } from './kubernetes/deploy.ts'
import { fitsLabel } from './kubernetes/labels.ts'
import type { SecretSource } from './kubernetes/secrets.ts'
import { survey } from './kubernetes/survey.ts'
import { readSettings, valueOf } from './settings/read.ts'
import type { Settings } from './settings/schema.ts'
import { withScheme } from './system/address.ts'
import type { Component, System } from './system/model.ts'
import { resolve } from './system/resolve.ts'
import { ownerOf } from './wiring/publish.ts'
import { unreachable } from './wiring/reach.ts'
import { generatedSecrets } from './wiring/secrets.ts'
import { tokenFor, Wire } from './wiring/wire.ts'

/** What may be put in place of the program's own parts: a connection, where secrets come from, and what the stack shall be. */
export interface Parts {
  readonly connect?: (access: Access) => ReturnType<typeof connect>
  readonly secrets?: SecretSource
  /** `stopped` takes away what runs, and keeps data and all that it needs. */
  readonly target?: 'running' | 'stopped'
  /** Whether the stack has a token of its gateway. One that is stopped and has none does not begin with the gateway. */
  readonly hasToken?: boolean
  /** Told of the wiring, for who has to look after it when the engine fails. */
  readonly onWire?: (wire: Wire) => void
}

/** What a stack tells: one entry for each component, in start order. */
export interface Outputs {
  readonly release: string
  readonly namespace: string
  readonly components: readonly Told[]
}

interface Told {
  readonly name: string
  readonly version: string
  readonly address?: Output<string>
}

/**
 * The program of a stack, for `pulumi up` and for `cb-bridge`: the stack's configuration to a system on a cluster. Whatever is
 * wrong is one error that names all of it, before anything is changed.
 */
export async function program(parts: Parts = {}): Promise<Outputs> {
  try {
    return await run(getStack(), parts)
  } catch (error) {
    throw error instanceof ClusterError ? new RunError(error.message) : error
  }
}

async function run(stack: string, parts: Parts): Promise<Outputs> {
  const { settings, system } = configured(stack)
  const access = accessOf(settings)
  const cluster = clusterOf((parts.connect ?? connect)(access))
  const { namespace } = settings
  const where = { stack, namespace }
  const isRunning = parts.target !== 'stopped'
  const complaints = [
    ...(isRunning ? unreachable(system, settings) : []),
    ...(await survey(system, cluster, where)),
  ]
  if (complaints.length > 0) throw refusal(complaints)
  const isWired = isRunning || parts.hasToken !== false
  const owner = ownerOf(stack, await cluster.identity())
  const wire = isWired ? wireOf(system, settings, owner) : undefined
  if (wire !== undefined) parts.onWire?.(wire)
  const rotate = settings.rotate
  const existing = await cluster.secrets(where)
  const secrets = parts.secrets ?? generatedSecrets({ existing, rotate })
  const hooksOf = (component: Component) => wire?.hooksOf(component) ?? {}
  const around = { stack, access, cluster, secrets, isRunning, hooksOf }
  const deployed = await deploy(system, settings, around)
  wire?.publish(deployed)
  remember()
  return { release: system.release, namespace, components: deployed.map(tell) }
}

/** Keeps the settings in the state, for commands that are given none. Where the stack is, and what to do once, is no part of it. */
function remember(): Stash {
  const { placements: _, rotate: __, ...settings } = writtenSettings()
  return new Stash('settings', { input: settings })
}

function wireOf({ components }: System, { gateway }: Settings, owner: string): Wire | undefined {
  if (gateway.url === undefined) return undefined
  const url = withScheme(gateway.url)
  return new Wire({ url, owner, token: tokenFor(url, owner) }, components)
}

/** How faults call the stack's configuration. */
const FILE = 'configuration'

/** The settings of the stack and the system that they make. */
function configured(stack: string): { readonly settings: Settings; readonly system: System } {
  if (!fitsLabel(stack)) {
    throw new RunError(
      `"${stack}" cannot mark objects: a stack's name has up to 63 letters, digits, "-", "_" and ".".`,
    )
  }
  const { read, faults } = readSettings(writtenSettings(), FILE)
  const resolved = read && resolve(read.catalog, read.settings, FILE)
  if (read !== undefined && resolved?.ok === true && faults.length === 0) {
    return { settings: read.settings, system: resolved.value }
  }
  throw faulty([...faults, ...(resolved?.ok === false ? resolved.error : [])])
}

/** The keys of this project in the stack's configuration. Structured values are JSON there. */
function writtenSettings(): Readonly<Record<string, unknown>> {
  const prefix = `${getProject()}:`
  const own = Object.entries(runtime.allConfig()).filter(([key]) => key.startsWith(prefix))
  return Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), valueOf(text)]))
}

function accessOf({ placements }: Settings): Access {
  const [placement] = Object.values(placements)
  if (placement === undefined) return {}
  const { kubeconfig, context } = placement
  // The provider and we may run in different directories.
  return { context, ...(kubeconfig === undefined ? {} : { kubeconfig: absolute(kubeconfig) }) }
}

function clusterOf(connected: ReturnType<typeof connect>): Cluster {
  if (connected.ok) return connected.value
  throw new RunError(connected.error)
}

function tell({ component: { name, version }, address }: Deployed): Told {
  return { name, version, ...(address === undefined ? {} : { address }) }
}

function faulty(faults: readonly Fault[]): RunError {
  const lines = faults.map(
    ({ place, ...complaint }) => `${place.path.join('.')}: ${print(complaint)}`,
  )
  return new RunError(`The stack's configuration is wrong:\n${lines.join('\n')}`)
}

const refusal = (complaints: readonly Complaint[]) =>
  new RunError(`Nothing was changed:\n${complaints.map(print).join('\n')}`)

const print = ({ message, hint }: Complaint): string =>
  hint === undefined ? message : `${message} (${hint})`
