import { omit } from '../lib/omit.ts'
import { at, isPlainMap } from './conform.ts'
import type { Diagnostic, Fault, Place } from './diagnostics.ts'
import type { SystemDocument } from './document.ts'
import { type PlacedDefinition, readGroup } from './group.ts'
import { createKeyReporter, ignoredKeys } from './keys.ts'
import { positionOf } from './positions.ts'
import type { Specs } from './openapi/specs.ts'
import { findMalformed, findReferences } from './references.ts'
import { repositoryFault } from './repository.ts'
import { readSystem, withWrittenAuth } from './schema/read-system.ts'
import { type Position, readYaml, type SourceFile, type YamlFile } from './yaml.ts'

export interface LoadOptions {
  /** Lowers "not available in this version" (`--allow-missing`) from an error to a warning. */
  readonly allowMissing?: boolean
  /**
   * Whether a path of `repository.dsn` (`./conf`, `/etc/conf`) is an existing directory other than the configuration's
   * own. Only a host with a file system can tell; without it no path is.
   */
  readonly isOtherDirectory?: (path: string) => boolean
  /** OpenAPI files; absent where there are no files beside the configuration. */
  readonly specs?: Specs
}

/** A `${NAME}` and where it stands. */
export interface PlacedReference {
  readonly name: string
  readonly hasDefault: boolean
  readonly place: Place
}

/** One file of a configuration, judged by itself. */
export interface FileReading {
  readonly name: string
  /** Sorted by line and column. */
  readonly diagnostics: readonly Diagnostic[]
  /** Sorted likewise. */
  readonly references: readonly PlacedReference[]
  /** Where a place in this file stands. */
  readonly locate: (place: Place) => Position
  /** Faults found later, with their positions in this file. */
  readonly diagnose: (faults: readonly Fault[]) => readonly Diagnostic[]
}

/** The system file; `system` is absent where it could not be read. */
export interface SystemReading extends FileReading {
  readonly system: SystemDocument | undefined
  /** Whether `timeout` is written, and not the default. */
  readonly setsTimeout: boolean
}

/** An API file: the endpoints that could be read. */
export interface GroupReading extends FileReading {
  readonly definitions: readonly PlacedDefinition[]
}

/** Reads the system file. */
export function readSystemFile(source: SourceFile, options: LoadOptions = {}): SystemReading {
  const file = readYaml(source, 'warning')
  const faults: Fault[] = []
  const report = (fault: Fault) => void faults.push(fault)
  const system = toSystem(file, options, report)
  const written =
    system === undefined ? [] : [{ place: atTop(system.file), data: withWrittenAuth(system) }]
  const references = placeReferences(written, report)
  const keys = isPlainMap(file.tree.data) ? Object.keys(file.tree.data) : []
  return {
    system,
    setsTimeout: keys.some((key) => key.toLowerCase() === 'timeout'),
    ...judged(file, faults, references),
  }
}

/** Reads an API file; its name begins `apis/`. */
export function readGroupFile(
  source: SourceFile,
  { allowMissing = false, specs }: LoadOptions = {},
): GroupReading {
  const file = readYaml(source, 'error')
  const faults: Fault[] = []
  const report = (fault: Fault) => void faults.push(fault)
  const reading = {
    ignoresCase: false,
    allowsMissing: allowMissing,
    report,
    onUnknownKey: createKeyReporter(ignoredKeys.definition, 3, report),
    ...(specs && { specs }),
  }
  const definitions = file.tree.isComplete ? readGroup(file, reading) : []
  const written = definitions.map(({ place, definition }) => ({ place, data: definition }))
  const references = placeReferences(written, report)
  return { definitions, ...judged(file, faults, references) }
}

const atTop = (file: string): Place => ({ file, path: [] })

function judged(
  file: YamlFile,
  faults: readonly Fault[],
  references: readonly PlacedReference[],
): FileReading {
  const locate = (place: Place) => positionOf(file, place)
  const diagnose: FileReading['diagnose'] = (found) =>
    found.map((fault) => ({
      file: file.name,
      ...locate(fault.place),
      ...omit(fault, 'place', 'missing'),
    }))
  return {
    name: file.name,
    diagnostics: [...file.diagnostics, ...diagnose(faults)].toSorted(byPosition),
    references: references.toSorted((a, b) => byPosition(locate(a.place), locate(b.place))),
    locate,
    diagnose,
  }
}

/** Order of diagnostics and positions inside a file. */
export const byPosition = (a: Position, b: Position): number =>
  a.line - b.line || a.column - b.column

function toSystem(
  file: YamlFile,
  { allowMissing = false, isOtherDirectory }: LoadOptions,
  report: (fault: Fault) => void,
): SystemDocument | undefined {
  if (!file.tree.isComplete) return undefined
  const { data } = file.tree
  const reportKey = (fault: Fault) =>
    report(repositoryFault(fault, data, isOtherDirectory) ?? fault)
  return readSystem(data, file.name, {
    ignoresCase: true,
    allowsMissing: allowMissing,
    report,
    onUnknownKey: createKeyReporter(ignoredKeys.system, 1, reportKey),
  })
}

function placeReferences(
  parts: readonly { readonly place: Place; readonly data: unknown }[],
  report: (fault: Fault) => void,
): readonly PlacedReference[] {
  return parts.flatMap(({ place, data }) => {
    for (const path of findMalformed(data)) report({ ...MALFORMED, place: at(place, ...path) })
    return findReferences(data).map(({ path, ...found }) => ({
      ...found,
      place: at(place, ...path),
    }))
  })
}

const MALFORMED = {
  severity: 'error',
  message: 'This is no reference.',
  hint: 'Write ${NAME} or ${NAME:-default}, or $${ for a literal ${.',
} as const
