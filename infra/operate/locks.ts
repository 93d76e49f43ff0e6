import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endProcess, isOrphan, livesSince } from './processes.ts'
import { Refusal } from './report.ts'

/** A lock of the engine's local backend (`pkg/backend/diy/lock.go`). */
interface Lock {
  readonly pid: number
  readonly username: string
  readonly hostname: string
  /** When it was made, ISO 8601. */
  readonly timestamp: string
}

/**
 * Removes locks of a stack whose process is dead: it was killed before it could do so. A lock of a process that lives, or of
 * another machine, is somebody's. Only a state in a directory has locks that can be looked at.
 *
 * @throws Refusal
 */
export function clearStaleLocks(state: string, project: string, stack: string): void {
  const directory = directoryOf(state, project, stack)
  const live = filesIn(directory).flatMap((path) => {
    const lock = readLock(path)
    if (lock !== undefined && isAlive(lock)) return [lock]
    rmSync(path, { force: true })
    return []
  })
  if (live.length === 0) return
  throw new Refusal(
    live.map(
      ({ username, hostname, pid, timestamp }) =>
        `The stack "${stack}" is in use by ${username}@${hostname} (process ${pid}, since ${timestamp}). Wait for its end.`,
    ),
  )
}

/**
 * Ends engines that hold a stack for a `cb-bridge` that was killed: nobody hears what they say any more, and the program that
 * they run is gone.
 */
export async function endOrphans(state: string, project: string, stack: string): Promise<void> {
  const directory = directoryOf(state, project, stack)
  const locks = filesIn(directory).flatMap((path) => readLock(path) ?? [])
  const orphans = locks.filter((lock) => lock.hostname === hostname() && isOrphan(lock.pid))
  await Promise.all(orphans.filter(isAlive).map(({ pid }) => endProcess(pid)))
}

/** Where a stack's locks are; nowhere for a state that is no directory. */
const directoryOf = (state: string, project: string, stack: string): string | undefined =>
  state.startsWith('file://')
    ? join(pathOf(state), '.pulumi', 'locks', 'organization', project, stack)
    : undefined

/** The directory of a `file://` URL; `file://~/x` is below the home directory, as the engine reads it. */
export function pathOf(state: string): string {
  const path = state.slice('file://'.length)
  if (path.startsWith('~')) return join(process.env['HOME'] ?? '', path.slice(1))
  return path.startsWith('/') ? fileURLToPath(state.split('?')[0] ?? state) : path
}

/** The paths of a directory's locks. */
function filesIn(directory: string | undefined): readonly string[] {
  if (directory === undefined) return []
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.json'))
    return names.map((name) => join(directory, name))
  } catch {
    return []
  }
}

/** Undefined for a lock that was not written to its end. */
function readLock(path: string): Lock | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Lock
  } catch {
    return undefined
  }
}

/** A process that began after the lock was made only has the number of the one that made it. */
const isAlive = ({ pid, hostname: host, timestamp }: Lock): boolean =>
  host !== hostname() || livesSince(pid, Date.parse(timestamp) + TOLERANCE_MS)

/** Clocks of the kernel and of the process differ by a little. */
const TOLERANCE_MS = 2_000
