import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { BuildOptions } from 'esbuild'
import type { Plan } from '../plan/types.ts'
import { ROOT } from './root.ts'

/**
 * The code of the Worker as ESM texts by file name: `worker.js`, and in `modules/` what it imports. What only an
 * administrator needs (YAML, the Admin API) stands in modules that are loaded when somebody asks for them.
 */
export type Modules = Readonly<Record<string, string>>

const MAIN = 'worker.js'
const OTHERS = 'modules'

/**
 * The same for every configuration: the plan is a module `plan.js` beside it. `CB_BRIDGE_WORKER` names a `worker.js`
 * made by `build` to take instead: the container image has one and no bundler.
 */
export function bundleWorker(): Promise<Modules> {
  const prebuilt = process.env['CB_BRIDGE_WORKER']
  return prebuilt === undefined ? (built ??= build()) : readModules(prebuilt)
}

/** One build for all gateways of this process. */
let built: Promise<Modules> | undefined

async function build(): Promise<Modules> {
  const esbuild = await import('esbuild')
  const result = await esbuild.build(workerBuild())
  // Otherwise esbuild's service process would run beside ours for as long as we do.
  await esbuild.stop()
  return sorted(result.outputFiles.map(({ path, text }) => [relative(OUT, path), text]))
}

const OUT = join(ROOT, 'dist')

/** How the Worker is built, for esbuild; nothing is written. */
export const workerBuild = () =>
  ({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'src/worker.ts')],
    outdir: OUT,
    chunkNames: `${OTHERS}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    // `#plan` stays outside, so that one worker.js serves every configuration.
    alias: { '#plan': './plan.js' },
    external: ['./plan.js', 'cloudflare:*', 'node:*'],
    legalComments: 'none',
    logLevel: 'silent',
  }) satisfies BuildOptions

async function readModules(main: string): Promise<Modules> {
  const names = await readdir(join(dirname(main), OTHERS)).catch(() => [])
  const files = [MAIN, ...names.map((name) => `${OTHERS}/${name}`)]
  return sorted(
    await Promise.all(
      files.map(async (file) => {
        const path = file === MAIN ? main : join(dirname(main), file)
        return [file, await readFile(path, 'utf8')] as const
      }),
    ),
  )
}

/** `worker.js` first: workerd takes the first module for the main one. */
const sorted = (modules: readonly (readonly [name: string, text: string])[]): Modules =>
  Object.fromEntries(modules.toSorted(([a], [b]) => (a === MAIN || (b !== MAIN && a < b) ? -1 : 1)))

/** The modules that are loaded before the first request: what `worker.js` imports without asking first. */
export function startupModules(modules: Modules): readonly string[] {
  const found = new Set<string>()
  const follow = (name: string) => {
    if (found.has(name)) return
    found.add(name)
    for (const [, path = ''] of (modules[name] ?? '').matchAll(STATIC_IMPORT)) {
      const imported = join(dirname(name), path)
      if (Object.hasOwn(modules, imported)) follow(imported)
    }
  }
  follow(MAIN)
  return [...found]
}

/** As esbuild writes it: `import{a}from"./x.js"`, `export{a}from"./x.js"` or `import"./x.js"`. */
const STATIC_IMPORT = /(?:\bfrom|\bimport)\s*"(\.[^"]+)"/g

/** Writes modules below a directory, without those of an earlier build. */
export function writeModules(directory: string, modules: Modules): void {
  rmSync(join(directory, OTHERS), { recursive: true, force: true })
  mkdirSync(join(directory, OTHERS), { recursive: true })
  for (const [file, text] of Object.entries(modules)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), text)
  }
}

/**
 * `plan.js`: strings to parse, which V8 reads faster than the same data as object literals, and which cost its garbage
 * collector nothing once another plan serves. The files are needed once, when something is published for the first time.
 */
export const planModule = (plan: Plan, documents: Documents = NO_DOCUMENTS): string =>
  `export default ${quote(JSON.stringify(plan))}
export const documents = ${quote(JSON.stringify(documents))}
`

/** The files of a configuration as the Worker may publish them. */
export interface Documents {
  /** Texts by name: `gateway.yaml`, `apis/x.yaml`. */
  readonly files: Readonly<Record<string, string>>
  readonly allowMissing: boolean
}

const NO_DOCUMENTS: Documents = { files: {}, allowMissing: false }

/** A single-quoted literal: JSON is full of double quotes, which then need no backslash. */
const quote = (json: string): string =>
  `'${json.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`
