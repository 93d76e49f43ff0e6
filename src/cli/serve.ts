import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import type { Plan } from '../plan/types.ts'
import { allowEnvOption, expandNames, remarkOnUnset } from './allow-env.ts'
import { makeLocalBootstrap } from './bootstrap.ts'
import { bundleWorker, planModule } from './bundle.ts'
import { startEmulator } from './emulator.ts'
import { externals } from './externals.ts'
import { createSwapper } from './live-swap.ts'
import type { Swapper } from './live-swap.ts'
import { configOption, parsePort } from './options.ts'
import { assertFree } from './ports.ts'
import { noteIfPublished } from './published.ts'
import { routeRows, routeTable } from './route-table.ts'
import { mustReadServable, readServable } from './servable.ts'
import { untilSignalled } from './signals.ts'
import { lockState } from './state-lock.ts'
import { createLookup } from './values.ts'
import { watchConfiguration } from './watch.ts'
import { readWrangler } from './wrangler.ts'

/** What `startServe` runs. */
export interface ServeOptions {
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
  /** Whether edits of the files are handed to the running gateway. */
  readonly watch?: boolean
  /** Directory in which objects keep their data; without it they forget. */
  readonly state?: string
  readonly allowMissing?: boolean
  /** Takes each line that the Worker writes (the request log); default: stdout. */
  readonly log?: (line: string) => void
  /** Takes what the operator should read (warnings, swaps, diagnostics); default: stderr. */
  readonly note?: (text: string) => void
}

/** A gateway in miniflare. */
export interface Serving {
  /** Ends in a slash. */
  readonly url: string
  readonly port: number
  /** The plan it started with, activated: it holds credentials. */
  readonly plan: Plan
  /**
   * Hands it another plan without a restart; the result is the version that now serves.
   *
   * @throws UserFault when the plan is not accepted; the last good one stays.
   */
  readonly swap: Swapper['swap']
  readonly close: () => Promise<void>
}

/**
 * Starts the gateway in miniflare.
 *
 * @throws UserFault where the configuration, the port or the state directory is at fault.
 */
export async function startServe(options: ServeOptions): Promise<Serving> {
  const unlock = options.state === undefined ? () => {} : lockState(options.state)
  try {
    return await start(options, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function start(options: ServeOptions, unlock: () => void): Promise<Serving> {
  const { host = LOOPBACK, port = 8000, note = toStderr } = options
  const [first, worker] = await Promise.all([
    mustReadServable(...source(options)),
    bundleWorker(),
    assertFree(host, port),
  ])
  const { allowEnv = [] } = options
  for (const remark of [...first.remarks, ...remarkOnUnset(allowEnv, first.values)]) note(remark)
  if (!isLoopback(host)) note(openWarning(host))
  const secret = randomBytes(32).toString('hex')
  const swapper = createSwapper(secret, first)
  const wrangler = readWrangler()
  const own = { CLIENT_ADDRESS: clientAddress(host), LIVE_SWAP_SECRET: secret }
  const emulator = await startEmulator({
    modules: { ...worker, 'plan.js': planModule(first.plan, first.documents) },
    wrangler,
    texts: { ...wrangler.vars, ...first.values, ...own },
    externals: externals(first.active),
    host,
    port,
    ...(options.state === undefined ? {} : { stateDirectory: options.state }),
    write: writer(options),
    onRestart: () => {
      note('workerd ended unexpectedly and was started again')
      return swapper.repeat()
    },
  })
  swapper.open(emulator.swapUrl)
  const unwatch = options.watch === true ? watchEdits(options, swapper, note) : () => {}
  const url = emulator.url.href
  if (options.state !== undefined || first.values['STORE_URL'] !== undefined) {
    void noteIfPublished({ url, plan: first.plan, config: options.config, note })
  }
  return {
    url,
    port: Number(emulator.url.port),
    plan: first.active,
    swap: swapper.swap,
    close: async () => {
      unwatch()
      await emulator.dispose()
      unlock()
    },
  }
}

/** With a new lookup each time: `.dev.vars` may be what was edited. */
const source = ({ config, values, allowEnv = [], allowMissing = false }: ServeOptions) =>
  [
    config,
    createLookup(config, values),
    { allowMissing, names: expandNames(allowEnv, config, values) },
  ] as const

/** Hands edits to the running gateway; a broken one is told and changes nothing. */
function watchEdits(options: ServeOptions, swapper: Swapper, note: (text: string) => void) {
  const reload = async () => {
    const next = await readServable(...source(options))
    if (!next.ok) {
      note(`${next.error}\nnot applied: the last good configuration stays`)
      return
    }
    const { plan, active, values, documents, remarks } = next.value
    if (swapper.isCurrent(plan, values)) return
    for (const remark of remarks) note(remark)
    const version = await swapper.swap(plan, values, documents)
    note(`now serving ${version.slice(0, 12)}: ${active.routes.length} routes`)
  }
  return watchConfiguration(options.config, () =>
    reload().catch((error: unknown) => note(`not applied: ${String(error)}`)),
  )
}

const LOOPBACK = '127.0.0.1'

const isLoopback = (host: string): boolean => /^(127\.|localhost$|::1$)/.test(host)

/**
 * Miniflare tells the Worker nothing that a client could not have written. On loopback every client is this machine;
 * otherwise all of them are one unknown client rather than whoever they say they are.
 */
const clientAddress = (host: string): string => (isLoopback(host) ? LOOPBACK : 'unknown')

const openWarning = (host: string): string =>
  `warning: --host ${host} opens the emulator to other machines. It cannot tell their addresses apart: limits and ` +
  'address filters see one unknown client. Use `cb-bridge container` for more than development.'

const toStderr = (text: string): void => void process.stderr.write(`${text}\n`)

function writer({ log, note = toStderr }: ServeOptions): (line: string, isError: boolean) => void {
  const out = log ?? ((line: string) => void process.stdout.write(`${line}\n`))
  return (line, isError) => (isError ? note(line) : out(line))
}

interface ServeFlags extends Omit<ServeOptions, 'values' | 'log' | 'note'> {
  readonly json?: boolean
}

/** `cb-bridge serve`: the gateway on this machine, until Ctrl-C. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the gateway on this machine, in the emulator of the edge')
    .addOption(configOption())
    .option('--port <number>', 'where to listen; 0 is any free port', parsePort, 8000)
    .option('--host <address>', 'whom to listen for; anything but loopback opens it', LOOPBACK)
    .option('--state <dir>', 'keep the state of Durable Objects in this directory')
    .addOption(allowEnvOption())
    .option('--watch', 'hand edits of the configuration to the running gateway')
    .option('--allow-missing', 'accept middlewares that this version does not have yet')
    .option('--json', 'print address and routes as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx cb-bridge serve --config routes --watch\n  $ SPIDER_PASSWORD=secret npx cb-bridge serve --config my-routes --port 9000',
    )
    .action(async (flags: ServeFlags) => {
      const signalled = untilSignalled()
      const bootstrap = makeLocalBootstrap(createLookup(flags.config))
      const serving = await startServe({ ...flags, values: bootstrap.values })
      announce(serving, flags.json === true)
      const hint = bootstrap.announce(serving.url)
      if (hint !== undefined && flags.json !== true) console.log(`\n${hint}`)
      await signalled
      await serving.close()
    })
}

function announce({ url, port, plan }: Serving, isJson: boolean): void {
  const rows = routeRows(plan)
  if (isJson) {
    console.log(JSON.stringify({ url, port, version: plan.version, routes: rows }))
    return
  }
  console.log(
    `${plan.site.name}: ${rows.length} routes\n${routeTable(rows)}\n\nlistening on ${url}`,
  )
}
