import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserFault } from '../fault.ts'
import { listSourceFiles } from '../sources.ts'

/** The files of a configuration on this machine, by their name in the gateway, byte for byte. */
export type LocalFiles = ReadonlyMap<string, string>

/**
 * Reads a configuration directory as the gateway would get it.
 *
 * @throws UserFault where it is none, or a file is not UTF-8.
 */
export function readLocal(config: string): LocalFiles {
  const listed = listSourceFiles(config)
  if (!listed.ok) throw new UserFault(`${listed.error.file}: ${listed.error.message}`)
  const { directory, names } = listed.value
  return new Map(names.map((name) => [name, readExactly(join(directory, name))]))
}

/** The same of what may not be there yet. */
export const readLocalIfAny = (directory: string): LocalFiles =>
  existsSync(directory) && !isEmptyOfConfiguration(directory) ? readLocal(directory) : new Map()

export function writeLocal(directory: string, name: string, text: string): void {
  const path = join(directory, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function isEmptyOfConfiguration(directory: string): boolean {
  if (!statSync(directory).isDirectory()) return false
  return ['gateway.yaml', 'cb-restapigw.yaml', 'apis'].every(
    (name) => !existsSync(join(directory, name)),
  )
}

/** With a byte order mark, if there is one: what is pulled shall be what was pushed. */
function readExactly(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof TypeError) throw new UserFault(`${path}: This is not UTF-8 text.`)
    throw error
  }
}
