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
export const SYSTEM_FILES: readonly string[] = ['gateway.yaml', 'cb-restapigw.yaml']

/** The names of a configuration's files, without their texts. */
export interface Listed {
  /** Where the system file stands. */
  readonly directory: string
  /** The system file first, as it is called there; API files begin `apis/`. */
  readonly names: readonly string[]
}

/** Finds the files of a configuration as `readSources` does. */
export function listSourceFiles(path: string): Result<Listed, Diagnostic> {
  return explaining(path, () => {
    const system = statSync(path).isDirectory() ? findSystemFile(path) : ok(path)
    if (!system.ok) return system
    const directory = dirname(system.value)
    return ok({
      directory,
      names: [basename(system.value), ...listFiles(directory, 'apis', /^[^.].*\.ya?ml$/)],
    })
  })
}

/**
 * Reads the system file and, beside it, `apis/*.yaml` and `*.yml` in the order of their names, and the OpenAPI files in
 * `openapi`. `path` is a directory that holds exactly one system file under either name, or a system file under any name.
 */
export function readSources(path: string): Result<Found, Diagnostic> {
  return explaining(path, () => {
    const listed = listSourceFiles(path)
    if (!listed.ok) return listed
    const { directory, names } = listed.value
    const [system = '', ...groups] = names
    const read = (name: string) => ({ name, text: readText(join(directory, name)) })
    const specs = listFiles(directory, 'openapi', /^[^.].*\.(?:ya?ml|json)$/).map(read)
    return ok({ directory, sources: { system: read(system), groups: groups.map(read), specs } })
  })
}

/** What the user can put right becomes a diagnostic. */
function explaining<T>(path: string, read: () => Result<T, Diagnostic>): Result<T, Diagnostic> {
  try {
    return read()
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
function listFiles(directory: string, below: string, names: RegExp): readonly string[] {
  const parent = join(directory, below)
  if (!exists(parent)) return []
  return readdirSync(parent)
    .filter((name) => names.test(name) && statSync(join(parent, name)).isFile())
    .toSorted()
    .map((name) => `${below}/${name}`)
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
