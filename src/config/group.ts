import { at, isPlainMap } from './conform.ts'
import type { Place } from './diagnostics.ts'
import type { Definition } from './document.ts'
import { hasReference } from './references.ts'
import type { Reading } from './schema/middleware.ts'
import { readDefinition } from './schema/read-definition.ts'
import type { YamlFile } from './yaml.ts'

/** An endpoint that could be read, with its place in the file. */
export interface PlacedDefinition {
  readonly place: Place
  readonly definition: Definition
}

/** The endpoints of one API file; none when it is empty, which is no fault. */
export function readGroup(file: YamlFile, reading: Reading): readonly PlacedDefinition[] {
  const { data } = file.tree
  const place: Place = { file: file.name, path: [] }
  if (data === null || data === undefined) {
    reading.report({ severity: 'notice', message: 'The API file is empty.', place })
    return []
  }
  if (!isPlainMap(data)) {
    const hint = 'Put the list of endpoints under "definitions:".'
    reading.report({ severity: 'error', message: 'An API file must be a map.', hint, place })
    return []
  }
  for (const key of Object.keys(data)) {
    // Anchors are parked under keys of their own.
    if (key !== 'definitions' && !key.startsWith('x-')) {
      reading.onUnknownKey({ ...at(place, key), isKey: true }, ['definitions'])
    }
  }
  return readDefinitions(data['definitions'], file, reading)
}

function readDefinitions(
  list: unknown,
  file: YamlFile,
  reading: Reading,
): readonly PlacedDefinition[] {
  const place: Place = { file: file.name, path: ['definitions'] }
  if (list === null || list === undefined || (Array.isArray(list) && list.length === 0)) {
    reading.report({ severity: 'notice', message: 'The API file defines no endpoints.', place })
    return []
  }
  if (!Array.isArray(list)) {
    reading.report({ severity: 'error', message: '"definitions" must be a list.', place })
    return []
  }
  reportRepeatedNames(list, place, reading)
  return list.flatMap((item: unknown, index) => {
    const definition = readDefinition(item, at(place, index), reading)
    return definition === undefined ? [] : [{ place: at(place, index), definition }]
  })
}

/** Two endpoints of one file cannot share a name, whatever its case: logs and metrics could not tell them apart. */
function reportRepeatedNames(list: readonly unknown[], place: Place, reading: Reading): void {
  const seen = new Set<string>()
  for (const [index, item] of list.entries()) {
    const name = isPlainMap(item) ? item['name'] : undefined
    if (typeof name !== 'string' || hasReference(name)) continue
    if (seen.has(name.toLowerCase())) {
      reading.report({
        severity: 'error',
        message: 'The name is used twice in this file.',
        hint: 'Give each endpoint its own name; case does not count.',
        place: at(place, index, 'name'),
      })
    }
    seen.add(name.toLowerCase())
  }
}
