import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type Scalar } from 'yaml'
import type { Complaint, Severity } from './diagnostics.ts'

type Node = ParsedNode | null

/** The nodes of a file beside the data they stand for. */
export interface Tree {
  readonly root: Node
  /** Maps, lists and scalars. */
  readonly data: unknown
  /** False when the file could not be read to its end, so that nothing can be said about its contents. */
  readonly isComplete: boolean
  /** Where each alias leads. */
  readonly aliases: ReadonlyMap<ParsedNode, ParsedNode>
}

/** What to do with what is wrong. */
interface Report {
  readonly repeatedKey: Severity
  readonly report: (severity: Severity, offset: number, complaint: Complaint) => void
}

/** Levels of nesting that a configuration may have; a real one has about a dozen. */
const DEEPEST = 64
/** Nodes that aliases may add to those that are written down ("billion laughs"). */
const MOST_ALIASED_NODES = 100_000

/**
 * Turns the nodes of a file into plain data. Numbers and booleans whose text would change (`1.10`, `0755`, `yes`) stay
 * texts: whoever knows the field's type reads them. Aliases and merge keys (`<<`) are resolved.
 */
export function toData(root: Node, output: Report): Tree {
  const aliases = new Map<ParsedNode, ParsedNode>()
  const anchors = new Map<string, ParsedNode>()
  let aliased = 0
  let hasGivenUp = false
  let isComplete = true

  const refuse = (node: ParsedNode, complaint: Complaint) => {
    if (!hasGivenUp) output.report('error', node.range[0], complaint)
    hasGivenUp = true
    isComplete = false
    return null
  }

  const read = (node: Node, depth: number, isAliased: boolean): unknown => {
    if (node === null || hasGivenUp) return null
    if (depth > DEEPEST) return refuse(node, TOO_DEEP)
    if (isAliased && ++aliased > MOST_ALIASED_NODES) return refuse(node, TOO_MANY)
    if (isAlias(node)) return readAlias(node, depth)
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isScalar(node)) return scalar(node)
    if (isSeq(node)) return node.items.map((item) => read(item, depth + 1, isAliased))
    return isMap(node) ? readMap(node.items, depth, isAliased) : null
  }

  const readAlias = (node: ParsedNode & { readonly source: string }, depth: number) => {
    const target = aliases.get(node) ?? anchors.get(node.source)
    if (target === undefined) {
      output.report('error', node.range[0], NO_ANCHOR)
      isComplete = false
      return null
    }
    aliases.set(node, target)
    return read(target, depth + 1, true)
  }

  const readMap = (
    items: readonly Pair<ParsedNode, Node>[],
    depth: number,
    isAliased: boolean,
  ): unknown => {
    const own = new Map<string, unknown>()
    const merged = new Map<string, unknown>()
    for (const { key, value } of items) {
      const name = keyText(key)
      if (name === undefined) {
        output.report('error', key.range[0], NO_TEXT_KEY)
        continue
      }
      const data = read(value, depth + 1, isAliased)
      if (name === '<<' && isScalar(key) && key.type === 'PLAIN') {
        if (!merge(merged, data)) output.report('error', key.range[0], NO_MERGE)
        continue
      }
      if (own.has(name)) output.report(output.repeatedKey, key.range[0], REPEATED)
      own.set(name, data)
    }
    return Object.fromEntries([...merged, ...own])
  }

  const data = read(root, 0, false)
  return { root, data, aliases, isComplete }
}

/** The text of a key, or undefined when it is a list or a map. */
export function keyText(key: Node): string | undefined {
  if (!isScalar(key)) return undefined
  return typeof key.value === 'string' ? key.value : (key.source ?? '')
}

function scalar({ value, source }: Scalar.Parsed | Scalar): unknown {
  if (typeof value !== 'number' && typeof value !== 'boolean') return value
  return source === undefined || String(value) === source ? value : source
}

/** Adds what a `<<` brings and reports whether it was a map or a list of maps; earlier maps win. */
function merge(into: Map<string, unknown>, data: unknown): boolean {
  const maps: readonly unknown[] = Array.isArray(data) ? data : [data]
  for (const map of maps) {
    if (typeof map !== 'object' || map === null || Array.isArray(map)) return false
    for (const [key, value] of Object.entries(map)) if (!into.has(key)) into.set(key, value)
  }
  return true
}

const TOO_DEEP: Complaint = {
  message: 'The file is nested too deeply.',
  hint: `At most ${DEEPEST} levels are read.`,
}
const TOO_MANY: Complaint = {
  message: 'The aliases of this file expand to too much.',
  hint: `At most ${MOST_ALIASED_NODES} values may come from aliases.`,
}
const NO_ANCHOR: Complaint = {
  message: 'No anchor of this name stands before the alias.',
  hint: 'Put a text that begins with "*" in quotes.',
}
const NO_TEXT_KEY: Complaint = {
  message: 'A key must be a text.',
  hint: 'Put a text that begins with "{" or "[" in quotes.',
}
const NO_MERGE: Complaint = {
  message: 'Only maps can be merged with "<<".',
  hint: 'Name an anchor of a map: "<<: *name".',
}
const REPEATED: Complaint = {
  message: 'The key occurs twice in the same map.',
  hint: 'Keep one of them.',
}
