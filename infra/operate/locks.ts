import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  if (!state.startsWith('file://')) return
  const directory = join(pathOf(state), '.pulumi', 'locks', 'organization', project, stack)
  const live = filesIn(directory).flatMap((file) => {
    const path = join(directory, file)
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

/** The directory of a `file://` URL; `file://~/x` is below the home directory, as the engine reads it. */
function pathOf(state: string): string {
  const path = state.slice('file://'.length)
  if (path.startsWith('~')) return join(process.env['HOME'] ?? '', path.slice(1))
  return path.startsWith('/') ? fileURLToPath(state.split('?')[0] ?? state) : path
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.json'))
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
function isAlive({ pid, hostname: host, timestamp }: Lock): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const began = startOf(pid)
  return began === undefined || began <= Date.parse(timestamp) + TOLERANCE_MS
}

/** Clocks of the kernel and of the process differ by a little. */
const TOLERANCE_MS = 2_000
/** Ticks a second of `/proc/<pid>/stat`: 100 on every Linux. */
const TICKS = 100

/** When a process began, ms since the epoch, never for one that is over; undefined where there is no `/proc`. */
function startOf(pid: number): number | undefined {
  try {
    // Fields 3 and 22; the name in field 2 may hold blanks and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie is dead: nobody has asked for its end yet.
    if (fields[0] === 'Z') return Number.POSITIVE_INFINITY
    const ticks = Number(fields[19])
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]
    return boot === undefined ? undefined : Number(boot) * 1_000 + (ticks / TICKS) * 1_000
  } catch {
    return undefined
  }
}
