import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type EngineEvent, LocalWorkspace, type Stack } from '@pulumi/pulumi/automation/index.js'
import { describe, inject } from 'vitest'
import { type Parts, program } from '../../infra/program.ts'
import { settingsSchema } from '../../infra/settings/schema.ts'

const cluster = inject('cluster')

/** The directory of our own provider. */
const PROVIDER = fileURLToPath(new URL('../../infra/wiring/bin', import.meta.url))

/** A suite that needs a cluster; where there is none its name says why it is skipped. */
export function describeOnCluster(name: string, suite: () => void): void {
  if (cluster.kind === 'there') {
    // The engine and kubectl are found by the tests' own PATH.
    const { PATH = '' } = cluster.environment
    Object.assign(process.env, cluster.environment, { PATH: `${PROVIDER}:${PATH}` })
    describe(name, suite)
  } else describe.skip(`${name} (skipped: ${cluster.reason})`, suite)
}

/** The same for cases that stop parts of the cluster, which is done to a cluster of the tests' own alone. */
export function describeOnOwnCluster(
  name: string,
  suite: (part: (verb: 'stop-part' | 'start-part', name: string) => void) => void,
): void {
  const ours = cluster.kind === 'there' ? cluster.ours : undefined
  const part = (verb: string, part: string) => {
    if (ours !== undefined) execFileSync(ours.tool, [verb, ours.name, part], { stdio: 'ignore' })
  }
  if (cluster.kind === 'there' && ours === undefined) {
    describe.skip(`${name} (skipped: the cluster is not the tests' own)`, () => suite(part))
  } else describeOnCluster(name, () => suite(part))
}

/** Asks the cluster as its user would. */
export const kubectl = (args: readonly string[], input?: string): string =>
  execFileSync('kubectl', args, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] })

/** An object of the cluster, as far as tests read it. */
export interface LiveObject {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec: Readonly<Record<string, unknown>>
  readonly data?: Readonly<Record<string, string>>
  readonly status?: Readonly<Record<string, unknown>>
}

/** What one operation of the engine came to. */
export interface Outcome {
  /** Operations by kind, without those that do nothing. */
  readonly changes: Readonly<Record<string, number>>
  /** `op kind name`, in the order of the engine's events, of resources that change. */
  readonly steps: readonly string[]
  /** What the stack tells, as the program returned it. */
  readonly outputs: Readonly<Record<string, unknown>>
  /** What the engine said when it failed. */
  readonly error: string | undefined
  readonly ms: number
}

/** A stack of the real program under the real engine, in a namespace of a random name. */
export class TestStack {
  readonly namespace = `test-${randomBytes(4).toString('hex')}`
  readonly name = this.namespace
  readonly #directory = mkdtempSync(join(tmpdir(), 'cb-bridge-stack-'))

  preview(settings: object = {}, parts: Parts = {}): Promise<Outcome> {
    return this.#run('preview', settings, parts)
  }

  /** A preview that reads first what the cluster has. */
  refreshedPreview(settings: object = {}): Promise<Outcome> {
    return this.#run('preview', settings, {}, true)
  }

  up(settings: object = {}, parts: Parts = {}): Promise<Outcome> {
    return this.#run('up', settings, parts)
  }

  /** Removes everything that the test may have left. */
  async remove(): Promise<void> {
    await this.#run('destroy', {}, {})
    kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false'])
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Everything that the backend keeps of all stacks, history included. */
  state(): string {
    const directory = fileURLToPath(process.env['PULUMI_BACKEND_URL'] ?? '')
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n')
  }

  /** Loses the state, as its user may. */
  async forget(): Promise<void> {
    const stack = await this.#stack(() => Promise.resolve())
    await stack.workspace.removeStack(this.name, { force: true })
  }

  destroy(): Promise<Outcome> {
    return this.#run('destroy', {}, {})
  }

  /** Objects of these kinds in the stack's namespace. */
  objects(kinds: string): readonly LiveObject[] {
    const printed = kubectl(['get', kinds, '-n', this.namespace, '-o', 'json'])
    return (JSON.parse(printed) as { readonly items: readonly LiveObject[] }).items
  }

  object(kind: string, name: string): LiveObject {
    const found = this.objects(kind).find(({ metadata }) => metadata.name === name)
    if (found === undefined) throw new Error(`There is no ${kind} ${name}.`)
    return found
  }

  async #run(
    verb: 'preview' | 'up' | 'destroy',
    settings: object,
    parts: Parts,
    refresh = false,
  ): Promise<Outcome> {
    const context = kubectl(['config', 'current-context']).trim()
    const placements = { test: { kubeconfig: process.env['KUBECONFIG'], context } }
    const all = { namespace: this.namespace, placements, ...settings }
    const stack = await this.#stack(() => program(parts))
    const absent = Object.keys(settingsSchema.shape).filter((key) => !Object.hasOwn(all, key))
    await stack.removeAllConfig(absent.map((key) => `cb-bridge:${key}`))
    await stack.setAllConfig(configurationOf(all))
    const events: EngineEvent[] = []
    const start = performance.now()
    const onEvent = (event: EngineEvent) => events.push(event)
    const error = await stack[verb]({ onEvent, color: 'never', refresh }).then(
      () => undefined,
      (reason: unknown) => String(reason),
    )
    const ms = performance.now() - start
    return { ...summaryOf(events), outputs: outputsIn(events), error, ms }
  }

  #stack(run: () => Promise<unknown>): Promise<Stack> {
    const inline = {
      stackName: this.name,
      projectName: 'cb-bridge',
      program: async () => ({ ...((await run()) as object | undefined) }),
    }
    return LocalWorkspace.createOrSelectStack(inline, { workDir: this.#directory })
  }
}

function configurationOf(settings: object): Record<string, { readonly value: string }> {
  const entries = Object.entries(settings as Readonly<Record<string, unknown>>)
  return Object.fromEntries(
    entries.map(([key, value]) => [
      `cb-bridge:${key}`,
      { value: typeof value === 'string' ? value : JSON.stringify(value) },
    ]),
  )
}

/** The outputs of the stack itself. */
function outputsIn(events: readonly EngineEvent[]): Outcome['outputs'] {
  const told = events.findLast(
    ({ resOutputsEvent }) => resOutputsEvent?.metadata.type === 'pulumi:pulumi:Stack',
  )
  return told?.resOutputsEvent?.metadata.new?.outputs ?? {}
}

/** Operations that leave everything as it is. */
const STILL = new Set(['same', 'read', 'refresh'])

/** Providers are no part of the system, and what is only kept in the state is no change of it. */
const isInternal = (type: string) => /^pulumi:(?:providers:|index:Stash$)/.test(type)

function summaryOf(events: readonly EngineEvent[]): Pick<Outcome, 'changes' | 'steps'> {
  const steps = events.flatMap(({ resourcePreEvent }) => {
    const step = resourcePreEvent?.metadata
    if (step === undefined || STILL.has(step.op) || isInternal(step.type)) return []
    return [`${step.op} ${step.type.split(':').at(-1)} ${step.urn.split('::').at(-1)}`]
  })
  const counted = events.find(({ summaryEvent }) => summaryEvent)?.summaryEvent?.resourceChanges
  const changes = Object.entries(counted ?? {}).filter(([op]) => !STILL.has(op))
  return { changes: Object.fromEntries(changes), steps }
}
