import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Option } from 'commander'
import type { Command } from 'commander'
import type { Plan } from '../plan/types.ts'
import { allowEnvOption, expandNames, remarkOnUnset } from './allow-env.ts'
import { makeLocalBootstrap } from './bootstrap.ts'
import { bundleWorker, type Modules, planModule, writeModules } from './bundle.ts'
import { externals } from './externals.ts'
import { createSwapper } from './live-swap.ts'
import type { Swapper } from './live-swap.ts'
import { configOption, parseAddress, parsePort, parseSeconds } from './options.ts'
import { assertFree } from './ports.ts'
import { noteIfPublished } from './published.ts'
import { checkRole, nothingToServe, ROLES } from './role.ts'
import type { Role } from './role.ts'
import { makeScratch } from './scratch.ts'
import { mustReadServable } from './servable.ts'
import type { Servable } from './servable.ts'
import { untilSignalled } from './signals.ts'
import { lockState } from './state-lock.ts'
import { createLookup } from './values.ts'
import { runWorkerd } from './workerd.ts'
import type { Workerd, WorkerdEnd } from './workerd.ts'
import { SOCKETS, workerdConfig } from './workerd-config.ts'
import { readWrangler } from './wrangler.ts'

/** What `startContainer` runs. */
export interface ContainerOptions {
  /** Configuration directory or system file. */
  readonly config: string
  /** Default 8000; 0 is any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Values of `${NAME}`s, before the environment and `.dev.vars`. */
  readonly values?: Readonly<Record<string, string>>
  /** Further names that configurations published later may use, as `--allow-env` takes them. */
  readonly allowEnv?: readonly string[]
  /** Default `all`. */
  readonly role?: Role
  /** Directory in which objects keep their data; without it they forget. A gateway keeps its last good plan there. */
  readonly state?: string
  /** `host:port` of the state process, for the role `gateway`. */
  readonly stateAddress?: string
  readonly allowMissing?: boolean
  /** Opens the private door for other plans, on a port of its own on 127.0.0.1. */
  readonly swap?: boolean
  /** e.g. `--max-old-space-size=128`. */
  readonly v8Flags?: readonly string[]
  /** Takes each line that the Worker writes (the request log); default: stdout. */
  readonly log?: (line: string) => void
  /** Takes what the operator should read; default: stderr. */
  readonly note?: (text: string) => void
}

/** A gateway in plain workerd. */
export interface Container {
  /** Ends in a slash. */
  readonly url: string
  readonly port: number
  /** Of workerd. */
  readonly pid: number
  /** The plan it started with, activated: it holds credentials. */
  readonly plan: Plan
  /** @throws UserFault when the plan is not accepted; needs the option `swap`. */
  readonly swap: Swapper['swap']
  /** Resolves when workerd ends, however it comes. */
  readonly ended: Promise<WorkerdEnd>
  /** Stops accepting, lets requests in flight finish for at most `drainMs` (default 2,000), then ends. */
  readonly close: (drainMs?: number) => Promise<void>
}

/**
 * Starts the gateway in plain workerd.
 *
 * @throws UserFault where the configuration, the port or the state directory is at fault.
 */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  const { host = '127.0.0.1', port = 8000, note = toStderr } = options
  checkRole(options, createLookup(options.config, options.values))
  const unlock = options.state === undefined ? () => {} : lockState(options.state)
  const scratch = makeScratch()
  const cleanUp = () => {
    scratch.remove()
    unlock()
  }
  try {
    const [servable, worker] = await Promise.all([
      mustRead(options),
      bundleWorker(),
      assertFree(host, port),
    ])
    for (const remark of servable.remarks) note(remark)
    const secret = randomBytes(32).toString('hex')
    writeFiles(scratch.path, options, { servable, worker })
    const workerd = await runWorkerd({
      configFile: join(scratch.path, CONFIG_FILE),
      scratch: scratch.path,
      environment: { ...servable.values, LIVE_SWAP_SECRET: secret },
      sockets: options.swap === true ? [SOCKETS.http, SOCKETS.swap] : [SOCKETS.http],
      ...(options.log === undefined ? {} : { log: options.log }),
      note,
    })
    void workerd.ended.then(cleanUp)
    const container = toContainer(workerd, servable, { host, secret })
    const { config } = options
    const { url } = container
    if (hasStore(options, servable))
      void noteIfPublished({ url, plan: servable.plan, config, note })
    return container
  } catch (error) {
    cleanUp()
    throw error
  }
}

/** Whether something may have been published before. */
const hasStore = ({ role, state, stateAddress }: ContainerOptions, { values }: Servable): boolean =>
  role !== 'state' && [state, stateAddress, values['STORE_URL']].some((it) => it !== undefined)

function toContainer(
  workerd: Workerd,
  servable: Servable,
  { host, secret }: { readonly host: string; readonly secret: string },
): Container {
  const port = workerd.ports[SOCKETS.http] ?? 0
  const swapper = createSwapper(secret, servable)
  const swapPort = workerd.ports[SOCKETS.swap]
  if (swapPort !== undefined) swapper.open(new URL(`http://127.0.0.1:${swapPort}/`))
  return {
    url: `http://${reachable(host)}:${port}/`,
    port,
    pid: workerd.pid,
    plan: servable.active,
    swap: swapper.swap,
    ended: workerd.ended,
    close: (drainMs = 2000) => drain(workerd, drainMs),
  }
}

/** workerd itself drains on SIGTERM, but without a limit: an open WebSocket would keep it for ever. */
async function drain(workerd: Workerd, limitMs: number): Promise<void> {
  workerd.kill('SIGTERM')
  const timer = setTimeout(() => workerd.kill('SIGKILL'), limitMs)
  await workerd.ended
  clearTimeout(timer)
}

async function mustRead(options: ContainerOptions): Promise<Servable> {
  const { config, values, role = 'all', allowEnv = [], allowMissing = false } = options
  const lookup = createLookup(config, values)
  if (role === 'state') return nothingToServe(lookup)
  const names = expandNames(allowEnv, config, values)
  const servable = await mustReadServable(config, lookup, { allowMissing, names })
  return {
    ...servable,
    remarks: [...servable.remarks, ...remarkOnUnset(allowEnv, servable.values)],
  }
}

const CONFIG_FILE = 'workerd.capnp'

/** Writes what `workerd serve` needs; no secret is among it. */
function writeFiles(
  directory: string,
  options: ContainerOptions,
  { servable, worker }: { readonly servable: Servable; readonly worker: Modules },
): void {
  const { host = '127.0.0.1', port = 8000, role = 'all', swap = false, v8Flags = [] } = options
  const wrangler = readWrangler()
  const scratch = role === 'gateway' ? undefined : join(directory, 'state')
  const stateDirectory = options.state ?? scratch
  if (stateDirectory !== undefined) mkdirSync(stateDirectory, { recursive: true })
  const secrets = [...Object.keys(servable.values), ...(swap ? ['LIVE_SWAP_SECRET'] : [])]
  const modules = { ...worker, 'plan.js': planModule(servable.plan, servable.documents) }
  const config = workerdConfig({
    wrangler,
    modules: Object.keys(modules),
    role,
    ...(options.stateAddress === undefined ? {} : { stateAddress: options.stateAddress }),
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    texts: without({ ...wrangler.vars, CLIENT_ADDRESS: 'socket' }, secrets),
    secrets,
    externals: externals(servable.active),
    ...(stateDirectory === undefined ? {} : { stateDirectory: resolve(stateDirectory) }),
    hasSwapDoor: swap,
    v8Flags,
  })
  writeModules(directory, modules)
  writeFileSync(join(directory, CONFIG_FILE), config)
}

/** A secret of the same name stands in for a variable: a binding may be declared once. */
const without = (texts: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(texts).filter(([name]) => !names.includes(name)))

/** An address that a client on this machine can call. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '*') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

const toStderr = (text: string): void => void process.stderr.write(`${text}\n`)

interface ContainerFlags extends Pick<
  ContainerOptions,
  'config' | 'port' | 'host' | 'role' | 'state' | 'stateAddress' | 'allowEnv' | 'allowMissing'
> {
  readonly v8Flag?: readonly string[]
  readonly drain: number
  readonly dryRun?: boolean
  readonly out: string
}

const EXAMPLES = `
Examples:
  $ npx cb-bridge container --config routes --host 0.0.0.0 --state /var/lib/cb-bridge
  $ npx cb-bridge container --config routes --dry-run --out dist/container

Several gateways share one process that keeps state; STATE_TOKEN is the same for all:
  $ STATE_TOKEN=... npx cb-bridge container --role state --port 8001 --state /var/lib/cb-bridge
  $ STATE_TOKEN=... npx cb-bridge container --role gateway --state-address 127.0.0.1:8001 --config routes`

/** `cb-bridge container`: the gateway in plain workerd, as the container image runs it. */
export function addContainer(program: Command): void {
  program
    .command('container')
    .description('run the gateway in plain workerd, as the container image does')
    .addOption(configOption())
    .option('--port <number>', 'where to listen; 0 is any free port', parsePort, 8000)
    .option('--host <address>', 'whom to listen for; 0.0.0.0 is everyone', '127.0.0.1')
    .addOption(
      new Option('--role <role>', 'gateway: keep nothing; state: keep the objects of all gateways')
        .choices(ROLES)
        .default('all'),
    )
    .option(
      '--state <dir>',
      'keep the state of Durable Objects in this directory, a gateway its last good plan',
    )
    .option('--state-address <host:port>', 'where --role state listens', parseAddress)
    .addOption(allowEnvOption())
    .option('--drain <seconds>', 'how long SIGTERM waits for requests in flight', parseSeconds, 25)
    .option('--allow-missing', 'accept middlewares that this version does not have yet')
    .option(
      '--v8-flag <flag...>',
      'options of the JavaScript engine, e.g. --max-old-space-size=128',
    )
    .option('--dry-run', 'write the files for `workerd serve` and end')
    .option('--out <dir>', 'where --dry-run writes', 'dist/container')
    .addHelpText('after', EXAMPLES)
    .action(async ({ v8Flag = [], ...flags }: ContainerFlags) => {
      const options = { ...flags, v8Flags: v8Flag }
      await (flags.dryRun === true
        ? writeOnly(options, flags.out)
        : runUntilSignalled(options, flags))
    })
}

async function writeOnly(options: ContainerOptions, out: string): Promise<void> {
  checkRole(options, createLookup(options.config))
  const [servable, worker] = await Promise.all([mustRead(options), bundleWorker()])
  for (const remark of servable.remarks) toStderr(remark)
  mkdirSync(out, { recursive: true })
  writeFiles(out, options, { servable, worker })
  console.log(`workerd serve ${join(out, CONFIG_FILE)} config`)
}

async function runUntilSignalled(options: ContainerOptions, { drain }: ContainerFlags) {
  const signalled = untilSignalled()
  const bootstrap = makeLocalBootstrap(createLookup(options.config))
  const container = await startContainer({ ...options, values: bootstrap.values })
  console.log(`listening on ${container.url}`)
  const hint = bootstrap.announce(container.url)
  if (hint !== undefined) console.log(hint)
  const end = await Promise.race([signalled, container.ended])
  if (end !== undefined) throw new Error(`workerd ended (${end.signal ?? `exit code ${end.code}`})`)
  toStderr(`draining for at most ${drain} s`)
  await container.close(drain * 1000)
}
