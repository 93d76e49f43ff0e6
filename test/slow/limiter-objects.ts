import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as esbuild from 'esbuild'
import { makeScratch } from '../../src/cli/scratch.ts'
import { startPlainWorker } from '../hosts/plain-worker.ts'

/** The limiter's objects in a plain workerd of their own, behind a Worker of `workers/`. */
export interface LimiterObjects {
  readonly url: string
  /** Where they keep their files. */
  readonly state: string
  readonly close: () => Promise<void>
}

/** Starts a Worker that exports `Limiter` and is bound to it as `LIMITER`. */
export async function startLimiterObjects(script: string): Promise<LimiterObjects> {
  const scratch = makeScratch()
  const state = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'cb-bridge-state-'))
  await esbuild.build({
    entryPoints: [join(import.meta.dirname, 'workers', script)],
    outfile: join(scratch.path, 'worker.js'),
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:*'],
    logLevel: 'silent',
  })
  await esbuild.stop()
  const worker = await startPlainWorker({
    scratch,
    modules: ['worker.js'],
    bindings: [{ name: 'LIMITER', durableObjectNamespace: 'Limiter' }],
    object: { className: 'Limiter', uniqueKey: 'cb-bridge-Limiter' },
    state,
    log: () => {},
  })
  return {
    url: `${worker.url}/`,
    state,
    close: async () => {
      await worker.close()
      rmSync(state, { recursive: true, force: true })
    },
  }
}

/** Files in memory, where there are any: how fast the disk of a machine is does not matter here. */
const MEMORY = '/dev/shm'

/** What limiters keep below a directory of state: one entry for each object. */
export function limiterFiles(
  state: string,
): readonly { readonly rows: number; readonly bytes: number }[] {
  return readdirSync(state, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.includes('Limiter') && /(?<!metadata)\.sqlite$/.test(file))
    .map((file) => {
      const path = join(state, file)
      const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 })
      try {
        const rows = Number(database.prepare('SELECT count(*) AS n FROM keys').get()?.['n'])
        return { rows, bytes: statSync(path).size }
      } finally {
        database.close()
      }
    })
}

/** Rows of all limiters together. */
export const limiterRows = (state: string): number =>
  limiterFiles(state).reduce((sum, { rows }) => sum + rows, 0)
