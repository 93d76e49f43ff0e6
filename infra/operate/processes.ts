import { readFileSync } from 'node:fs'

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

/** Whether a process is there that began before a moment (ms since the epoch), or that nobody knows of when it began. */
export function livesSince(pid: number, moment: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const began = startOf(pid)
  return began === undefined || began <= moment
}

/** The variable by which an engine knows who has started it. */
const PARENT = 'CB_BRIDGE_PROCESS'

/** What marks an engine as started by this process. */
export const parentMark = (): Readonly<Record<string, string>> => ({
  [PARENT]: `${process.pid}@${startOf(process.pid) ?? 0}`,
})

/** Whether an engine was started by a `cb-bridge` that is dead; false where nobody can tell. */
export function isOrphan(pid: number): boolean {
  const [, parent, began] = new RegExp(`(?:^|\0)${PARENT}=(\\d+)@([\\d.]+)`).exec(
    environmentOf(pid),
  ) ?? ['']
  return parent !== undefined && startOf(Number(parent)) !== Number(began)
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}

/** How long a process may take to end by itself, in ms, and the pause between two looks. */
const PATIENCE_MS = 5_000
const PAUSE_MS = 50

/** Asks a process to end, and ends it. */
export async function endProcess(pid: number): Promise<void> {
  const now = Date.now()
  signal(pid, 'SIGINT')
  while (livesSince(pid, now)) {
    if (Date.now() - now > PATIENCE_MS) signal(pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
