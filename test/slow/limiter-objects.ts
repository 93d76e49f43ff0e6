import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as esbuild from 'esbuild'
import { printCapnp, verbatim } from '../../src/cli/capnp.ts'
import { makeScratch } from '../../src/cli/scratch.ts'
import { runWorkerd } from '../../src/cli/workerd.ts'
import { readWrangler } from '../../src/cli/wrangler.ts'

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
  const configFile = join(scratch.path, 'workerd.capnp')
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
  writeFileSync(configFile, configOf(state))
  const quiet = () => {}
  const workerd = await runWorkerd({
    configFile,
    scratch: scratch.path,
    environment: {},
    sockets: ['http'],
    log: quiet,
  })
  return {
    url: `http://127.0.0.1:${workerd.ports['http']}/`,
    state,
    close: async () => {
      workerd.kill('SIGKILL')
      await workerd.ended
      scratch.remove()
      rmSync(state, { recursive: true, force: true })
    },
  }
}

/** Files in memory, where there are any: how fast the disk of a machine is does not matter here. */
const MEMORY = '/dev/shm'

function configOf(state: string): string {
  const { compatibility_date } = readWrangler()
  const config = {
    services: [
      { name: 'limiter', worker: verbatim('.limiter') },
      { name: 'disk', disk: { path: state, writable: true } },
    ],
    sockets: [{ name: 'http', address: '127.0.0.1:0', http: {}, service: 'limiter' }],
  }
  const limiter = {
    modules: [{ name: 'worker.js', esModule: verbatim('embed "worker.js"') }],
    compatibilityDate: compatibility_date,
    bindings: [{ name: 'LIMITER', durableObjectNamespace: 'Limiter' }],
    durableObjectNamespaces: [
      { className: 'Limiter', uniqueKey: 'cb-bridge-Limiter', enableSql: true },
    ],
    durableObjectStorage: { localDisk: 'disk' },
  }
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    `const config :Workerd.Config = ${printCapnp(config)};`,
    `const limiter :Workerd.Worker = ${printCapnp(limiter)};`,
    '',
  ].join('\n')
}

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
