import { type Output, output, runtime } from '@pulumi/pulumi'
import { stringify } from 'yaml'
import { ok } from '../src/lib/result.ts'
import type { Cluster } from './kubernetes/cluster.ts'
import type { SecretSource } from './kubernetes/secrets.ts'
import { type Outputs, program } from './program.ts'

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string
  readonly name: string
  readonly inputs: Readonly<Record<string, unknown>>
}

/** What a run of the program came to: what it registered, and what went wrong. */
export interface Run {
  readonly resources: readonly Registered[]
  readonly error: string | undefined
  readonly outputs: Outputs | undefined
}

/** A cluster without anything of ours; each part may answer otherwise. */
export function clusterWith(answers: Partial<Cluster> = {}): Cluster {
  return {
    identity: () => Promise.resolve('uid-of-kube-system'),
    namespaceLabels: () => Promise.resolve(undefined),
    namespaceUid: () => Promise.resolve(undefined),
    statefulSets: () => Promise.resolve({}),
    claims: () => Promise.resolve({}),
    secrets: () => Promise.resolve({}),
    inventory: () => Promise.resolve([]),
    isExpandable: () => Promise.resolve(false),
    nodeAddress: () => Promise.resolve(undefined),
    ...answers,
  }
}

/** Secrets that tell their own name, so that it can be seen where they go. */
export const namedSecrets: SecretSource = ({ component, name }) => output(`${component}/${name}`)

export interface RunOptions {
  readonly cluster?: Cluster
  readonly secrets?: SecretSource
  /** What `Stash`es hold from an earlier run, by name. */
  readonly stashed?: Readonly<Record<string, unknown>>
}

/** Runs the program as the engine would, with settings in a stack's configuration and without any engine. */
export async function runProgram(settings: unknown, options: RunOptions = {}): Promise<Run> {
  const { cluster = clusterWith(), secrets = namedSecrets, stashed = {} } = options
  const resources: Registered[] = []
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        resources.push({ type, name, inputs: bare(inputs) })
        return { id: name, state: stateOf(type, inputs, stashed[name]) }
      },
      call: () => ({}),
    },
    'cb-bridge',
    'test',
    false,
  )
  runtime.setAllConfig(configurationOf(settings))
  const outcome = await program({ connect: () => ok(cluster), secrets }).then(
    (outputs) => ({ outputs, error: undefined }),
    (reason: unknown) => ({ outputs: undefined, error: String(reason) }),
  )
  await runtime.disconnect()
  return { resources, ...outcome }
}

/** Inputs without the marks of what is secret. */
function bare<T>(inputs: T): T {
  return JSON.parse(JSON.stringify(inputs), (_, value: unknown) =>
    isMarked(value) ? value['value'] : value,
  ) as T
}

/** How the engine marks a secret: "4dabf181..." is its signature of special values. */
const isMarked = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && '4dabf18193072939515e22adb298388d' in value

function stateOf(type: string, inputs: Readonly<Record<string, unknown>>, stashed: unknown) {
  return type === 'pulumi:index:Stash'
    ? { ...inputs, output: stashed ?? inputs['input'] }
    : { ...inputs }
}

/** As `pulumi config` keeps it: texts, and JSON for what has a structure. */
function configurationOf(settings: unknown): Record<string, string> {
  const entries = Object.entries(settings as Readonly<Record<string, unknown>>)
  return Object.fromEntries(
    entries.map(([key, value]) => [
      `cb-bridge:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}

/** The objects that would be on the cluster: everything but patches of what others made. */
export function manifestsOf({ resources }: Run): readonly Registered['inputs'][] {
  return resources
    .filter(({ type }) => type.startsWith('kubernetes:') && !type.endsWith('Patch'))
    .map(({ inputs }) => inputs)
}

/** Manifests as one YAML text, in the YAML of kubectl. */
export const printManifests = (manifests: readonly unknown[]): string =>
  manifests
    .map((manifest) =>
      stringify(manifest, { lineWidth: 0, version: '1.1' }).replace(/^%YAML 1.1\n---\n/, ''),
    )
    .join('---\n')

/** The value of an output. */
export const valueOf = (of: Output<string>): Promise<string> =>
  new Promise((resolve) => of.apply((value) => resolve(value)))
