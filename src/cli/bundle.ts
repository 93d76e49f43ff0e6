import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plan } from '../plan/types.ts'
import { ROOT } from './root.ts'

/** The two modules of the Worker: the code, the same for every configuration, and the plan it starts with. */
export interface Bundle {
  /** ESM text of `worker.js`. */
  readonly worker: string
  /** ESM text of `plan.js`, which `worker.js` imports from beside it. */
  readonly plan: string
}

/**
 * The Worker as one minified module. `CB_BRIDGE_WORKER` names a `worker.js` made by `build` to take instead: the
 * container image has one and no bundler.
 */
export function bundleWorker(): Promise<string> {
  const prebuilt = process.env['CB_BRIDGE_WORKER']
  return prebuilt === undefined ? (built ??= build()) : readFile(prebuilt, 'utf8')
}

/** One build for all gateways of this process. */
let built: Promise<string> | undefined

async function build(): Promise<string> {
  const esbuild = await import('esbuild')
  const result = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'src/worker.ts')],
    bundle: true,
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
  })
  // Otherwise esbuild's service process would run beside ours for as long as we do.
  await esbuild.stop()
  const [file] = result.outputFiles
  if (file === undefined) throw new Error('esbuild wrote nothing')
  return file.text
}

/** `plan.js`: a string to parse, which V8 reads faster than the same data as an object literal. */
export const planModule = (plan: Plan): string =>
  `export default JSON.parse(${quote(JSON.stringify(plan))})\n`

/** A single-quoted literal: JSON is full of double quotes, which then need no backslash. */
const quote = (json: string): string =>
  `'${json.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`
