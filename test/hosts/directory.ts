import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Configuration } from '../contract/host.ts'

/** A configuration directory on disk, for the time of a test. */
export interface ConfigurationDirectory {
  readonly path: string
  /** Replaces the files. */
  readonly write: (configuration: Configuration) => void
  readonly remove: () => void
}

/** A `worker.js` made by `build` or a dry-run of `deploy`, to be tested instead of a bundle made now. */
export const builtWorker = (): { readonly worker?: string } => {
  const worker = process.env['CONTRACT_WORKER']
  return worker === undefined ? {} : { worker }
}

/** Writes a configuration to a new temporary directory. */
export function writeDirectory(configuration: Configuration): ConfigurationDirectory {
  const path = mkdtempSync(join(tmpdir(), 'cb-bridge-contract-'))
  mkdirSync(join(path, 'apis'))
  const write = ({ system, apis }: Configuration) => {
    writeFileSync(join(path, 'gateway.yaml'), system)
    for (const [name, text] of Object.entries(apis)) writeFileSync(join(path, 'apis', name), text)
    for (const name of readdirSync(join(path, 'apis'))) {
      if (!Object.hasOwn(apis, name)) rmSync(join(path, 'apis', name))
    }
  }
  write(configuration)
  return { path, write, remove: () => rmSync(path, { recursive: true, force: true }) }
}
