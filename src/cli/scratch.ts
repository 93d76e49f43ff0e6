import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserFault } from './fault.ts'

/** A directory of our own that the caller removes. */
export interface Scratch {
  readonly path: string
  readonly remove: () => void
}

/**
 * Makes a scratch directory. In a container whose root file system is read-only `/dev/shm` still takes files.
 *
 * @throws UserFault when neither can be written.
 */
export function makeScratch(): Scratch {
  for (const parent of [tmpdir(), '/dev/shm']) {
    try {
      const path = mkdtempSync(join(parent, 'cb-bridge-'))
      return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
    } catch {
      continue
    }
  }
  throw new UserFault(`neither ${tmpdir()} nor /dev/shm can be written; mount a tmpfs on /tmp`)
}
