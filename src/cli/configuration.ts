import { realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Diagnostic, type Fault, isSameError } from '../config/diagnostics.ts'
import type { PlacedReference } from '../config/file.ts'
import { load, type Loaded, type Sources } from '../config/load.ts'
import { decodeSystem } from '../config/schema/read-system.ts'
import { compile, inspect } from '../plan/compile.ts'
import type { Plan } from '../plan/types.ts'
import type { Documents } from './bundle.ts'
import { type Found, readSources, SYSTEM_FILES } from './sources.ts'

/** A configuration as read from disk: a plan, or the errors that stand in its way. */
export interface Configuration {
  readonly plan?: Plan
  /** Absent when they could not be read. */
  readonly documents?: Documents
  /** In the order of the files and their lines; files are named as the shell finds them. */
  readonly diagnostics: readonly Diagnostic[]
  /** Every `${NAME}`, in the order of the files. */
  readonly references: readonly PlacedReference[]
  /** Turns faults that are found later (by `activate`) into diagnostics. */
  readonly diagnose: (faults: readonly Fault[]) => readonly Diagnostic[]
}

/** How strict reading is. */
export interface ConfigurationOptions {
  /** Accepts middlewares that this version does not have yet, with a warning. */
  readonly allowMissing?: boolean
}

/**
 * Reads, checks and compiles the configuration at `path`: a directory with a system file and `apis`, or the system file
 * itself. What is wrong with it, even that it does not exist, is in the diagnostics.
 */
export async function readConfiguration(
  path: string,
  { allowMissing = false }: ConfigurationOptions = {},
): Promise<Configuration> {
  const found = readSources(path)
  if (!found.ok) return { diagnostics: [found.error], references: [], diagnose: () => [] }
  const { directory, sources } = found.value
  const isOtherDirectory = (other: string) => isDirectoryBeside(other, directory)
  const loaded = load(sources, { allowMissing, isOtherDirectory })
  const diagnose = createDiagnose(found.value, loaded)
  const { plan, faults } = await judge(loaded, sources.system.name)
  const known = loaded.diagnostics.map((diagnostic) => inDirectory(diagnostic, directory))
  const added = diagnose(faults).filter((diagnostic) => !known.some(isSameError(diagnostic)))
  return {
    ...(plan !== undefined && { plan }),
    documents: { files: nameTexts(sources), allowMissing },
    diagnostics: [...known, ...added].toSorted(inOrder(found.value)),
    references: loaded.references,
    diagnose,
  }
}

/** A published system file has one of two names, whatever it is called on disk. */
function nameTexts({ system, groups }: Sources): Readonly<Record<string, string>> {
  const name = SYSTEM_FILES.includes(system.name) ? system.name : 'gateway.yaml'
  return Object.fromEntries([
    [name, system.text],
    ...groups.map((group) => [group.name, group.text] as const),
  ])
}

async function judge({ document, readable }: Loaded, systemFile: string) {
  if (document !== undefined) return compile(document)
  // Without a readable system file the endpoints are judged as under an empty one.
  const standIn = decodeSystem({ version: 1, name: '-' }, systemFile)
  const system = readable.system ?? (standIn.ok ? standIn.value : undefined)
  const faults = system === undefined ? [] : inspect(system, readable.definitions)
  return { plan: undefined, faults }
}

function createDiagnose({ directory }: Found, { locate }: Loaded): Configuration['diagnose'] {
  return (faults) =>
    faults.map(({ place, severity, message, hint }) => {
      const said = { severity, message, ...(hint !== undefined && { hint }) }
      return inDirectory({ file: place.file, ...locate(place), ...said }, directory)
    })
}

const inDirectory = (diagnostic: Diagnostic, directory: string): Diagnostic => ({
  ...diagnostic,
  file: join(directory, diagnostic.file),
})

/** The system file first, then API files by name; inside a file by position. */
function inOrder({ directory, sources }: Found) {
  const system = join(directory, sources.system.name)
  const rank = (file: string) => (file === system ? '' : file)
  return (a: Diagnostic, b: Diagnostic): number =>
    a.file === b.file
      ? a.line - b.line || a.column - b.column
      : rank(a.file) < rank(b.file)
        ? -1
        : 1
}

/** Whether `repository.dsn` names a directory of its own, seen from where the original would have been started. */
function isDirectoryBeside(path: string, directory: string): boolean {
  const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  return isDirectory && realpathSync(path) !== realpathSync(directory)
}
