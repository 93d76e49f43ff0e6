import { isPlainMap } from './conform.ts'
import type { Fault } from './diagnostics.ts'

/**
 * What to say about `repository` instead of a plain notice: its directory is never read, and a user who moved the API
 * files there has to know. Undefined for every other fault.
 */
export function repositoryFault(
  fault: Fault,
  system: unknown,
  isOtherDirectory: (path: string) => boolean = () => false,
): Fault | undefined {
  if (fault.severity !== 'notice' || String(fault.place.path[0]).toLowerCase() !== 'repository') {
    return undefined
  }
  const dsn = find(find(system, 'repository'), 'dsn')
  if (typeof dsn !== 'string') return undefined
  const hint = 'API files are those in "apis" beside this file.'
  if (/^cbstore:/i.test(dsn)) {
    return { ...fault, message: 'A cb-store repository is not read.', hint }
  }
  // As the original does: what stands between the slashes is no host, and a relative path begins with a dot.
  const [, path] = /^file:\/\/(.*)$/i.exec(dsn) ?? []
  if (path === undefined || !/^[./]/.test(path) || !isOtherDirectory(path)) return undefined
  const message = 'The directory of "repository.dsn" is not read.'
  return { ...fault, severity: 'warning', message, hint }
}

function find(map: unknown, key: string): unknown {
  if (!isPlainMap(map)) return undefined
  return Object.entries(map).findLast(([name]) => name.toLowerCase() === key)?.[1]
}
