import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Command } from 'commander'
import { printDiagnostic } from '../config/diagnostics.ts'
import type { Plan } from '../plan/types.ts'
import { bundleWorker, planModule, startupModules, writeModules } from './bundle.ts'
import { readConfiguration } from './configuration.ts'
import { UserFault } from './fault.ts'
import { configOption } from './options.ts'
import { readWranglerText } from './wrangler.ts'

/** What `buildDirectory` makes. */
export interface BuildOptions {
  /** Configuration directory or system file. */
  readonly config: string
  /** Directory to write to; made if absent. */
  readonly out: string
  readonly allowMissing?: boolean
}

/** A directory that wrangler can deploy as it stands. */
export interface Build {
  readonly plan: Plan
  /** Every `${NAME}` of the configuration. */
  readonly references: readonly { readonly name: string; readonly hasDefault: boolean }[]
  /** Warnings and notices, one line each. */
  readonly remarks: readonly string[]
  /** Size of each module in bytes. */
  readonly modules: readonly {
    readonly file: string
    readonly bytes: number
    readonly gzip: number
    /** Loaded only when somebody uses the Admin API. */
    readonly isLazy: boolean
  }[]
}

/**
 * Writes `worker.js`, `modules/`, `plan.js` and `wrangler.json`; the same input gives the same bytes.
 *
 * @throws UserFault with the diagnostics when the configuration is at fault.
 */
export async function buildDirectory(options: BuildOptions): Promise<Build> {
  const { config, out, allowMissing = false } = options
  const [{ plan, documents, diagnostics, references }, worker] = await Promise.all([
    readConfiguration(config, { allowMissing }),
    bundleWorker(),
  ])
  const remarks = diagnostics.map(printDiagnostic)
  if (plan === undefined) throw new UserFault(`${config} is not valid\n${remarks.join('\n')}`)
  const modules = { ...worker, 'plan.js': planModule(plan, documents) }
  writeModules(out, modules)
  await writeFile(join(out, 'wrangler.json'), wranglerJson(Object.keys(modules)))
  const early = startupModules(worker)
  return { plan, references, remarks, modules: Object.entries(modules).map(measure(early)) }
}

/** wrangler.toml, turned from the sources to what is built: nothing is bundled a second time. */
function wranglerJson(modules: readonly string[]): string {
  const built = {
    ...readWranglerText(),
    main: 'worker.js',
    no_bundle: true,
    find_additional_modules: true,
    rules: [
      {
        type: 'ESModule',
        globs: modules.filter((name) => name !== 'worker.js'),
        fallthrough: false,
      },
    ],
  }
  return `${JSON.stringify(built, null, 2)}\n`
}

const measure =
  (early: readonly string[]) =>
  ([file, text]: readonly [string, string]) => {
    const bytes = Buffer.from(text)
    const gzip = gzipSync(bytes, { level: 9 }).length
    const isLazy = file !== 'plan.js' && !early.includes(file)
    return { file, bytes: bytes.length, gzip, isLazy }
  }

interface BuildFlags extends BuildOptions {
  readonly json?: boolean
}

/** `cb-bridge build`: the directory that `deploy` uploads. */
export function addBuild(program: Command): void {
  program
    .command('build')
    .description('compile a configuration and bundle the Worker, ready to deploy')
    .addOption(configOption())
    .option('--out <dir>', 'where to write', 'dist')
    .option('--allow-missing', 'accept middlewares that this version does not have yet')
    .option('--json', 'print the sizes as JSON')
    .addHelpText('after', '\nExample:\n  $ npx cb-bridge build --config routes --out dist')
    .action(async ({ json, ...options }: BuildFlags) => {
      const { plan, remarks, modules } = await buildDirectory(options)
      for (const remark of remarks) console.error(remark)
      if (json === true) {
        console.log(JSON.stringify({ out: options.out, version: plan.version, modules }))
        return
      }
      for (const { file, bytes, gzip, isLazy } of modules) {
        const size = `${kilobytes(bytes)} (gzip ${kilobytes(gzip)})`
        console.log(`${join(options.out, file)}  ${size}${isLazy ? ', on demand' : ''}`)
      }
    })
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`
