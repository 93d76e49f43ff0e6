import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Keeps compiled modules in the user's cache: a start takes half a second less then. Node before 22.1 has no such cache. */
export function keepCompiled() {
  try {
    const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
    module.enableCompileCache?.(join(cache, 'cb-bridge', 'node'))
  } catch {
    // A user without a home, as in a container, keeps nothing.
  }
}
