import { statSync, watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { dirname, join } from 'node:path'

/** Long enough for an editor to finish its burst of writes and renames. */
const QUIET_MS = 50

/** What a configuration consists of; `..data` is how Kubernetes swaps a mounted ConfigMap. */
const RELEVANT = /\.ya?ml$|\.json$|^\.dev\.vars$|^\.\.data$|^apis$|^openapi$/

/** Directories of files beside the system file. */
const PARTS: readonly string[] = ['apis', 'openapi']

/**
 * Calls `changed` after each burst of edits to a configuration (a directory or its system file) until it is ended by
 * the function it returns. One call at a time: edits made during a call lead to one more.
 */
export function watchConfiguration(config: string, changed: () => Promise<void>): () => void {
  const directory = statSync(config).isDirectory() ? config : dirname(config)
  const run = oneAtATime(changed)
  let timer: NodeJS.Timeout | undefined
  let inner: readonly (FSWatcher | undefined)[] = []
  const touched = (name: string | null) => {
    if (name !== null && !RELEVANT.test(name)) return
    clearTimeout(timer)
    timer = setTimeout(run, QUIET_MS)
  }
  const outer = watch(directory, (_event, name) => {
    // They may have come, gone or been replaced: an old watcher would see nothing more.
    if (name === '..data' || PARTS.includes(name ?? '')) rearm()
    touched(name)
  })
  const rearm = () => {
    for (const watcher of inner) watcher?.close()
    inner = PARTS.map((part) => tryWatch(join(directory, part), touched))
  }
  rearm()
  return () => {
    clearTimeout(timer)
    outer.close()
    for (const watcher of inner) watcher?.close()
  }
}

/** Editing must go on where the directory does not exist. */
function tryWatch(directory: string, touched: (name: string | null) => void) {
  try {
    const watcher = watch(directory, (_event, name) => touched(name))
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

function oneAtATime(work: () => Promise<void>): () => void {
  let isRunning = false
  let isDue = false
  const run = async () => {
    isDue = true
    if (isRunning) return
    isRunning = true
    while (isDue) {
      isDue = false
      await work()
    }
    isRunning = false
  }
  return () => void run()
}
