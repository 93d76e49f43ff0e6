import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Sources } from '../config/load.ts'
import { err, ok, type Result } from '../lib/result.ts'

/** A configuration as it stands on disk. */
export interface Found {
  /** Where the system file stands; API files are in `apis` below. */
  readonly directory: string
  readonly sources: Sources
}

/** The new name and the one that cb-restapigw knows. */
const SYSTEM_FILES = ['gateway.yaml', 'cb-restapigw.yaml']

/**
 * Reads the system file and, beside it, `apis/*.yaml` and `*.yml` in the order of their names. `path` is a directory
 * that holds exactly one system file under either name, or a system file under any name.
 */
export function readSources(path: string): Result<Found, Diagnostic> {
  try {
    const system = statSync(path).isDirectory() ? findSystemFile(path) : ok(path)
    if (!system.ok) return system
    const directory = dirname(system.value)
    const groups = listGroups(directory)
    return ok({
      directory,
      sources: {
        system: { name: basename(system.value), text: readText(system.value) },
        groups: groups.map((name) => ({ name, text: readText(join(directory, name)) })),
      },
    })
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === undefined) throw error
    return err(complaint(reason.path ?? path, reason.message))
  }
}

function findSystemFile(directory: string): Result<string, Diagnostic> {
  const [first, ...others] = SYSTEM_FILES.filter((name) => exists(join(directory, name)))
  const names = SYSTEM_FILES.join(' or ')
  if (first === undefined) return err(complaint(directory, `There is no ${names} here.`))
  return others.length === 0
    ? ok(join(directory, first))
    : err(complaint(directory, `Only one of ${names} can be the system file.`, 'Remove the other.'))
}

/** Hidden files are an editor's; a mounted ConfigMap has links to files, which count as files. */
function listGroups(directory: string): readonly string[] {
  const apis = join(directory, 'apis')
  if (!exists(apis)) return []
  return readdirSync(apis)
    .filter((name) => /^[^.].*\.ya?ml$/.test(name) && statSync(join(apis, name)).isFile())
    .toSorted()
    .map((name) => `apis/${name}`)
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof TypeError) throw new NotText(path)
    throw error
  }
}

class NotText extends Error {
  readonly path: string

  constructor(path: string) {
    super('not UTF-8')
    this.path = path
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file or directory.',
  ENOTDIR: 'There is no such file or directory.',
  EACCES: 'This can not be read: permission denied.',
  EPERM: 'This can not be read: permission denied.',
  EISDIR: 'This is a directory, not a file.',
  ELOOP: 'This can not be read: its links lead in a circle.',
}

/** What the user can put right; undefined for our own faults. */
function reasonOf(
  error: unknown,
): { readonly message: string; readonly path?: string } | undefined {
  if (error instanceof NotText) return { message: 'This is not UTF-8 text.', path: error.path }
  if (!(error instanceof Error)) return undefined
  const { code = '', path } = error as NodeJS.ErrnoException
  const message = REASONS[code]
  if (message === undefined) return undefined
  return path === undefined ? { message } : { message, path }
}

const complaint = (file: string, message: string, hint?: string): Diagnostic => ({
  file,
  line: 1,
  column: 1,
  severity: 'error',
  message,
  ...(hint !== undefined && { hint }),
})
