import {
  type Deployment,
  type EngineEvent,
  LocalWorkspace,
  type OutputMap,
  Stack,
} from '@pulumi/pulumi/automation/index.js'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isPlainMap } from '../../src/config/conform.ts'
import { ok } from '../../src/lib/result.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Parts } from '../program.ts'
import type { Closed, Wire } from '../wiring/wire.ts'
import { mendCheckpoint } from './checkpoint.ts'
import type { Engine } from './engine.ts'
import { refusalOf } from './failures.ts'
import { clearStaleLocks, endOrphans, pathOf } from './locks.ts'
import { parentMark } from './processes.ts'
import { Refusal } from './report.ts'

/** The project that every stack belongs to, as in `infra/Pulumi.yaml`. */
const PROJECT = 'cb-bridge'

/** A stack's name and where its state is. */
export interface StackPlace {
  readonly stack: string
  /** A URL as Pulumi takes it; one directory per user without. */
  readonly state?: string
}

/** Whether the stack shall run, stop, or end with all its data. */
export type Target = 'running' | 'stopped'

/** A resource as the state keeps it; secrets are wrapped, and never told. */
export interface Kept {
  readonly type: string
  readonly urn: string
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly outputs?: Readonly<Record<string, unknown>>
}

export interface RunOptions {
  readonly onEvent: (event: EngineEvent) => void
  readonly signal?: AbortSignal
}

/** The engine's work on one stack. What it says is told as events; what goes wrong is thrown in its own words. */
export class Session {
  readonly #stack: Stack
  readonly #directory: string
  readonly #parts: Steering
  /** What the state holds, as long as nothing has changed it. */
  #kept: readonly Kept[] | undefined

  private constructor(stack: Stack, directory: string, parts: Steering) {
    this.#stack = stack
    this.#directory = directory
    this.#parts = parts
  }

  /**
   * Opens a stack, or makes it; what an interrupted run has left is put in order.
   *
   * @throws Refusal where the stack is in use, or its passphrase is missing or wrong
   */
  static async open(engine: Engine, place: StackPlace): Promise<Session> {
    demandPassphrase()
    const state = place.state ?? defaultState()
    const backend = state.startsWith('file://') ? madeDirectory(state) : state
    await endOrphans(backend, PROJECT, place.stack)
    clearStaleLocks(backend, PROJECT, place.stack)
    if (backend.startsWith('file://')) mendCheckpoint(pathOf(backend), PROJECT, place.stack)
    const directory = mkdtempSync(join(tmpdir(), 'cb-bridge-'))
    const parts = steering()
    const environment = { ...engine.environment, ...parentMark(), PULUMI_BACKEND_URL: backend }
    const run = async () => {
      const { program } = await import('../program.ts')
      return { ...(await program(parts)) } as OutputMap | Record<string, unknown>
    }
    try {
      const workspace = await LocalWorkspace.create({
        workDir: directory,
        pulumiCommand: engine.command,
        envVars: environment,
        projectSettings: { name: PROJECT, runtime: 'nodejs', main: process.cwd() },
        program: run,
      })
      // A stack that is there already is read while it is selected.
      const reading = workspace.exportStack(place.stack).catch(() => undefined)
      const selecting = Stack.createOrSelect(place.stack, workspace)
      await Promise.allSettled([selecting, reading])
      const session = new Session(await selecting, directory, parts)
      await session.#settle(await reading)
      return session
    } catch (error) {
      rmSync(directory, { recursive: true, force: true })
      throw refusalOf(error)
    }
  }

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Lets the program ask the cluster over connections that are there. */
  use(cluster: Cluster): void {
    this.#parts.connect = () => ok(cluster)
  }

  /** Replaces the stack's settings. */
  async configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const { workspace, name } = this.#stack
    const entries = Object.entries(settings).map(([key, value]) => [
      `${PROJECT}:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
    // A stack that was made just now has the salt of its secrets there.
    const before = await workspace.stackSettings(name).catch(() => ({}))
    await workspace.saveStackSettings(name, { ...before, config: Object.fromEntries(entries) })
  }

  preview(target: Target, options: RunOptions): Promise<unknown> {
    this.#parts.target = target
    return this.#stack.preview({ refresh: true, color: 'never', ...options })
  }

  async up(target: Target, options: RunOptions): Promise<unknown> {
    this.#parts.target = target
    this.#parts.hasToken = (await this.resources()).some(({ type }) => type === TOKEN)
    this.#kept = undefined
    return this.#stack.up({ refresh: true, color: 'never', ...options })
  }

  destroy(options: RunOptions): Promise<unknown> {
    this.#kept = undefined
    return this.#stack.destroy({ refresh: true, color: 'never', ...options })
  }

  /** Removes the stack itself, once nothing is in it. */
  forget(): Promise<void> {
    return this.#stack.workspace.removeStack(this.#stack.name)
  }

  /** Forgets what the stack has at its gateway, which stays there; resolves with that. */
  async leaveGateway(): Promise<readonly Kept[]> {
    const exported = await this.#stack.exportStack()
    const [left, resources] = parted(keptIn(exported), ({ type }) => AT_GATEWAY.has(type))
    if (left.length === 0) return []
    this.#kept = undefined
    const deployment = { ...(exported.deployment as DeploymentState), resources }
    await this.#stack.importStack({ ...exported, deployment })
    return left
  }

  /** Opens upstreams that were drained for a change that failed, where their components answer all the same; resolves with what stays closed. */
  async recover(): Promise<readonly string[]> {
    return (await this.#parts.wire?.recover()) ?? []
  }

  /** Upstreams that were drained for a change and are not open again, although the change is done. */
  closed(): readonly Closed[] {
    return [...(this.#parts.wire?.closed.values() ?? [])]
  }

  /** The settings of the last `up`, without its cluster; undefined before the first. */
  async settings(): Promise<Readonly<Record<string, unknown>> | undefined> {
    const stash = (await this.resources()).find(({ urn }) => urn.endsWith('::settings'))
    const settings = stash?.inputs?.['input']
    return isPlainMap(settings) ? settings : undefined
  }

  /** What opens the stack's gateway; undefined where it has none. */
  async token(): Promise<string | undefined> {
    const kept = (await this.resources()).find(({ type }) => type === TOKEN)
    const token = kept?.outputs?.['token']
    const plain: unknown = isPlainMap(token) ? token['plaintext'] : undefined
    return typeof plain === 'string' ? (JSON.parse(plain) as string) : undefined
  }

  /** What the state holds. */
  async resources(): Promise<readonly Kept[]> {
    this.#kept ??= keptIn(await this.#stack.exportStack())
    return this.#kept
  }

  /**
   * What was under way when the engine was killed is forgotten: it is looked for. Creating takes over what is there with this
   * stack's label and refuses what is not, the refresh sees what was updated, and what is gone is as good as deleted.
   */
  async #settle(early: Deployment | undefined): Promise<void> {
    const exported = early ?? (await this.#stack.exportStack())
    this.#kept = keptIn(exported)
    const deployment = exported.deployment as DeploymentState | undefined
    if ((deployment?.pending_operations ?? []).length === 0) return
    await this.#stack.importStack({
      ...exported,
      deployment: { ...deployment, pending_operations: [] },
    })
  }
}

const TOKEN = 'cb-bridge:wiring:GatewayToken'
/** Types of resources that are at a gateway. */
const AT_GATEWAY = new Set([TOKEN, 'cb-bridge:wiring:Upstream'])

/** Those that are so, and the others. */
const parted = <T>(all: readonly T[], isSo: (one: T) => boolean) =>
  [all.filter(isSo), all.filter((one) => !isSo(one))] as const

function keptIn({ deployment }: { readonly deployment?: unknown }): readonly Kept[] {
  return isPlainMap(deployment) ? ((deployment as DeploymentState).resources ?? []) : []
}

/** How a program is steered from outside while it runs, and what it gives back. */
interface Steering extends Parts {
  target: Target
  connect?: NonNullable<Parts['connect']>
  hasToken?: boolean
  wire?: Wire
}

function steering(): Steering {
  const parts: Steering = {
    target: 'running',
    onWire: (wire) => {
      parts.wire = wire
    },
  }
  return parts
}

interface DeploymentState {
  readonly resources?: readonly Kept[]
  readonly pending_operations?: readonly unknown[]
}

function demandPassphrase(): void {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env
  if (text !== undefined || (file !== undefined && file !== '')) return
  throw new Refusal([
    "The stack's secrets need a passphrase: set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it.",
  ])
}

/** One place per user, wherever a command is typed. */
const defaultState = (): string =>
  `file://${process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')}/cb-bridge`

function madeDirectory(state: string): string {
  const path = (state.split('?')[0] ?? '').slice('file://'.length).replace(/^~/, homedir())
  if (!path.startsWith('/')) {
    throw new Refusal([`--state ${state} depends on the current directory; give a whole path.`])
  }
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return state.replace('file://~', `file://${homedir()}`)
}
