import type { Diagnostic, Place } from './diagnostics.ts'
import type { Document, Group, SystemDocument } from './document.ts'
import {
  byPosition,
  type GroupReading,
  type LoadOptions,
  type PlacedReference,
  readGroupFile,
  readSystemFile,
} from './file.ts'
import type { PlacedDefinition } from './group.ts'
import { findHastyBypasses } from './hasty-bypasses.ts'
import { createSpecs } from './openapi/specs.ts'
import type { Position, SourceFile } from './yaml.ts'

/** The files of a configuration. Names of API files begin `apis/`. */
export interface Sources {
  readonly system: SourceFile
  readonly groups: readonly SourceFile[]
  /** OpenAPI files that endpoints may name; their names begin `openapi/`. */
  readonly specs?: readonly SourceFile[]
}

export interface Loaded {
  /** Absent when there is an error. */
  readonly document?: Document
  /** What could be read, errors or not, so that what spans several files is judged in the same run. */
  readonly readable: {
    readonly system: SystemDocument | undefined
    readonly definitions: readonly PlacedDefinition[]
  }
  /** Sorted by file (the system file first), line and column. */
  readonly diagnostics: readonly Diagnostic[]
  /** Where a place stands, for faults that are found later. */
  readonly locate: (place: Place) => Position
  /** What has to be filled in, sorted likewise. */
  readonly references: readonly PlacedReference[]
}

/**
 * Reads a whole configuration and tells everything that is wrong with it at once. Pure, and never throws: text in,
 * data out.
 */
export function load(sources: Sources, options: LoadOptions = {}): Loaded {
  const systemFile = readSystemFile(sources.system, options)
  const { system } = systemFile
  const specs = sources.specs === undefined ? {} : { specs: createSpecs(sources.specs) }
  const groupFiles = sources.groups
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => readGroupFile(file, { ...options, ...specs }))
  const files = [systemFile, ...groupFiles]
  const diagnostics = [
    ...systemFile.diagnostics,
    ...groupFiles.flatMap((file) => diagnosticsOf(file, systemFile.setsTimeout)),
  ]
  const found = {
    readable: { system, definitions: groupFiles.flatMap(({ definitions }) => definitions) },
    diagnostics,
    locate: (place: Place) =>
      files.find(({ name }) => name === place.file)?.locate(place) ?? { line: 1, column: 1 },
    references: files.flatMap(({ references }) => references),
  }
  const isGood = diagnostics.every(({ severity }) => severity !== 'error')
  if (!isGood || system === undefined) return found
  return { document: { system, groups: groupFiles.flatMap(toGroup) }, ...found }
}

const diagnosticsOf = (file: GroupReading, setsTimeout: boolean): readonly Diagnostic[] =>
  setsTimeout
    ? file.diagnostics
    : [...file.diagnostics, ...file.diagnose(findHastyBypasses(file.definitions))].toSorted(
        byPosition,
      )

const toGroup = ({ name, definitions }: GroupReading): readonly Group[] =>
  definitions.length === 0
    ? []
    : [{ file: name, definitions: definitions.map(({ definition }) => definition) }]
