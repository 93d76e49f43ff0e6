import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UserFault } from './fault.ts'

/** Gives a locked state directory back. */
export type Unlock = () => void

/**
 * Makes a state directory ours until `Unlock` or the end of the process, however it comes; makes the directory too.
 *
 * The lock is the operating system's, on a SQLite file that stays open: a dead process holds nothing, so there is no
 * stale lock to judge, and process ids that mean something else in another container cannot mislead.
 */
export function lockState(directory: string): Unlock {
  const owner = join(directory, 'lock.pid')
  const database = open(directory)
  try {
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (!isBusy(error)) throw error
    throw new UserFault(`the state directory ${directory} is in use by process ${readOwner(owner)}`)
  }
  writeFileSync(owner, `${process.pid}\n`)
  return () => database.close()
}

function open(directory: string): DatabaseSync {
  try {
    mkdirSync(directory, { recursive: true })
    return new DatabaseSync(join(directory, 'lock'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UserFault(`the state directory ${directory} cannot be written: ${why}`)
  }
}

const SQLITE_BUSY = 5

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY

/** Who holds the lock, for the message alone: the file may be half a moment behind. */
function readOwner(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return 'unknown'
  }
}
