import { at, isPlainMap } from './conform.ts'
import type { Diagnostic, Fault, Place } from './diagnostics.ts'
import type { Document, Group, SystemDocument } from './document.ts'
import { type PlacedDefinition, readGroup } from './group.ts'
import { createKeyReporter, ignoredKeys } from './keys.ts'
import { positionOf } from './positions.ts'
import { findMalformed, findReferences } from './references.ts'
import { repositoryFault } from './repository.ts'
import { isBypass } from './schema/read-definition.ts'
import { readSystem, withWrittenAuth } from './schema/read-system.ts'
import { type Position, readYaml, type SourceFile, type YamlFile } from './yaml.ts'

/** The files of a configuration. Names of API files begin `apis/`. */
export interface Sources {
  readonly system: SourceFile
  readonly groups: readonly SourceFile[]
}

export interface LoadOptions {
  /** Lowers "not available in this version" (`--allow-missing`) from an error to a warning. */
  readonly allowMissing?: boolean
  /**
   * Whether a path of `repository.dsn` (`./conf`, `/etc/conf`) is an existing directory other than the configuration's
   * own. Only a host with a file system can tell; without it no path is.
   */
  readonly isOtherDirectory?: (path: string) => boolean
}

/** A `${NAME}` and where it stands. */
export interface PlacedReference {
  readonly name: string
  readonly hasDefault: boolean
  readonly place: Place
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
  const systemFile = readYaml(sources.system, 'warning')
  const groupFiles = sources.groups
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => readYaml(file, 'error'))
  const files = [systemFile, ...groupFiles]

  const faults: Fault[] = []
  const report = (fault: Fault) => void faults.push(fault)
  const system = loadSystem(systemFile, options, report)
  const definitions = groupFiles.flatMap((file) => loadGroup(file, options, report))
  warnBypasses(systemFile, definitions, report)

  const locate = createLocator(files)
  const byPosition = inOrder(files)
  const references = placeReferences(system, definitions, report).toSorted((a, b) =>
    byPosition(positioned(a, locate), positioned(b, locate)),
  )
  const diagnostics = [
    ...files.flatMap((file) => file.diagnostics),
    ...faults.map(({ place, ...fault }) => ({ file: place.file, ...locate(place), ...fault })),
  ].toSorted(byPosition)
  const isGood = diagnostics.every(({ severity }) => severity !== 'error')
  const found = { readable: { system, definitions }, diagnostics, locate, references }
  if (!isGood || system === undefined) return found
  const groups = groupFiles.flatMap((file) => toGroup(file, definitions))
  return { document: { system, groups }, ...found }
}

function createLocator(files: readonly YamlFile[]): Loaded['locate'] {
  const byName = new Map(files.map((file) => [file.name, file]))
  return (place) => {
    const file = byName.get(place.file)
    return file === undefined ? { line: 1, column: 1 } : positionOf(file, place)
  }
}

function toGroup({ name }: YamlFile, definitions: readonly PlacedDefinition[]): readonly Group[] {
  const own = definitions.filter(({ place }) => place.file === name)
  return own.length === 0
    ? []
    : [{ file: name, definitions: own.map(({ definition }) => definition) }]
}

function loadSystem(
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

function loadGroup(
  file: YamlFile,
  { allowMissing = false }: LoadOptions,
  report: (fault: Fault) => void,
): readonly PlacedDefinition[] {
  if (!file.tree.isComplete) return []
  return readGroup(file, {
    ignoresCase: false,
    allowsMissing: allowMissing,
    report,
    onUnknownKey: createKeyReporter(ignoredKeys.definition, 3, report),
  })
}

/** A bypass can create infrastructure, which takes longer than the default budget. */
function warnBypasses(
  { tree }: YamlFile,
  definitions: readonly PlacedDefinition[],
  report: (fault: Fault) => void,
): void {
  const keys = isPlainMap(tree.data) ? Object.keys(tree.data) : []
  if (keys.some((key) => key.toLowerCase() === 'timeout')) return
  for (const { place, definition } of definitions) {
    const { endpoint, active, timeout } = definition
    if (!isBypass(endpoint) || active === false || timeout !== undefined) continue
    report({
      severity: 'warning',
      message: 'This bypass inherits the default timeout of 2s.',
      hint: 'Set "timeout" here or in the system file; "0s" means no limit.',
      place: at(place, 'endpoint'),
    })
  }
}

function placeReferences(
  system: SystemDocument | undefined,
  definitions: readonly PlacedDefinition[],
  report: (fault: Fault) => void,
): readonly PlacedReference[] {
  const parts: { readonly place: Place; readonly data: unknown }[] = definitions.map(
    ({ place, definition }) => ({ place, data: definition }),
  )
  if (system !== undefined) {
    parts.unshift({ place: { file: system.file, path: [] }, data: withWrittenAuth(system) })
  }
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

const positioned = ({ place }: PlacedReference, locate: Loaded['locate']) => ({
  file: place.file,
  ...locate(place),
})

const inOrder = (files: readonly YamlFile[]) => {
  const rank = new Map(files.map(({ name }, index) => [name, index]))
  type InFile = Pick<Diagnostic, 'file' | 'line' | 'column'>
  return (a: InFile, b: InFile) =>
    (rank.get(a.file) ?? 0) - (rank.get(b.file) ?? 0) || a.line - b.line || a.column - b.column
}
