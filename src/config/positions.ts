import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml'
import type { Place } from './diagnostics.ts'
import { keyText } from './yaml-data.ts'
import type { Position, YamlFile } from './yaml.ts'

type Node = ParsedNode | null

/**
 * Where a place stands in its file. A scalar is meant where its text begins; a list, a map or nothing at its key, or at
 * its first character inside a list. What does not exist is meant where the last existing part of its path stands.
 */
export function positionOf(file: YamlFile, place: Place): Position {
  let node: Node = file.tree.root
  let offset = node?.range[0] ?? 0
  for (const [index, step] of place.path.entries()) {
    const found = stepInto(file, node, step)
    if (found === undefined) break
    node = found.node
    const isKey = place.isKey === true && index === place.path.length - 1
    offset = isKey ? found.start : startOf(found)
  }
  return file.position(offset)
}

interface Found {
  readonly node: Node
  /** Offset of the key, or of the entry in a list. */
  readonly start: number
  readonly isEntry: boolean
}

function startOf({ node, start, isEntry }: Found): number {
  if (node === null || isEntry) return start
  const isText = isAlias(node) || (isScalar(node) && node.range[1] > node.range[0])
  return isText ? node.range[0] : start
}

function stepInto(file: YamlFile, from: Node, step: string | number): Found | undefined {
  const node = resolve(file, from)
  if (isSeq(node)) {
    const item: Node | undefined = typeof step === 'number' ? node.items[step] : undefined
    return item === undefined
      ? undefined
      : { node: item, start: item?.range[0] ?? node.range[0], isEntry: true }
  }
  if (!isMap(node)) return undefined
  return findPair(file, node.items, String(step))
}

interface AnyPair {
  readonly key: ParsedNode
  readonly value: Node
}

/** The last pair of that key, as the last one wins; else one that differs only in case, `_` or `-`; else a merged one. */
function findPair(file: YamlFile, pairs: readonly AnyPair[], name: string): Found | undefined {
  const index = indexOf(pairs)
  const pair = index.exact.get(name) ?? index.similar.get(squash(name))
  if (pair !== undefined) return { node: pair.value, start: pair.key.range[0], isEntry: false }
  for (const { value } of pairs.filter(({ key }) => keyText(key) === '<<')) {
    const target = resolve(file, value)
    const maps = isSeq(target) ? target.items : [target]
    for (const map of maps) {
      const found = stepInto(file, map, name)
      if (found !== undefined) return found
    }
  }
  return undefined
}

interface Index {
  readonly exact: ReadonlyMap<string, AnyPair>
  readonly similar: ReadonlyMap<string, AnyPair>
}

/** A map with many faults is searched many times. */
const indexes = new WeakMap<readonly AnyPair[], Index>()

function indexOf(pairs: readonly AnyPair[]): Index {
  const known = indexes.get(pairs)
  if (known !== undefined) return known
  const named = pairs.map((pair) => [keyText(pair.key) ?? '', pair] as const)
  const index = {
    exact: new Map(named),
    similar: new Map(named.map(([name, pair]) => [squash(name), pair])),
  }
  indexes.set(pairs, index)
  return index
}

function resolve(file: YamlFile, node: Node): Node {
  return node === null ? null : (file.tree.aliases.get(node) ?? node)
}

const squash = (text: string) => text.toLowerCase().replaceAll(/[_-]/g, '')
