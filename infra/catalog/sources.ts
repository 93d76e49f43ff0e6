import { isMap, isScalar, type ParsedNode } from 'yaml'
import { at } from '../../src/config/conform.ts'
import type { Fault, Place } from '../../src/config/diagnostics.ts'
import { keyText } from '../../src/config/yaml-data.ts'
import type { YamlFile } from '../../src/config/yaml.ts'

/** Where a value of the catalogue comes from. */
const SOURCE = /#\s(?:reference|upstream chart|ours: \S.*)$/

/** The values of a catalogue that name no source, neither on their line nor on that of a key above them. */
export function unsourced(file: YamlFile, text: string): readonly Fault[] {
  const lines = text.split(/\r?\n/)
  const isSourced = (node: ParsedNode) =>
    SOURCE.test(lines[file.position(node.range[0]).line - 1] ?? '')
  const walk = (node: ParsedNode | null, place: Place): readonly Fault[] => {
    if (!isMap(node)) return [{ ...NO_SOURCE, place }]
    return node.items.flatMap(({ key, value }) => {
      if (isSourced(key) || (isScalar(value) && isSourced(value))) return []
      return walk(value, at(place, keyText(key) ?? ''))
    })
  }
  return walk(file.tree.root, { file: file.name, path: [] })
}

const NO_SOURCE = {
  severity: 'error',
  message: 'This value names no source.',
  hint: 'End its line with "# reference", "# upstream chart" or "# ours: reason".',
} as const
