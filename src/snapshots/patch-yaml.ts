import {
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type ParsedNode,
  stringify,
  type YAMLMap,
} from 'yaml'
import type { EndpointPatch } from './types.ts'

/**
 * The text of an API file with other values for keys of one endpoint. Everything else stays as it was written, byte for
 * byte, unless the endpoint is in flow style (`{name: x, ...}`). Undefined when no endpoint has the name.
 */
export function patchEndpoint(
  text: string,
  { endpoint, set }: Pick<EndpointPatch, 'endpoint' | 'set'>,
): string | undefined {
  if (findEndpoint(parse(text), endpoint) === undefined) return undefined
  return Object.entries(set).reduce(
    (patched, [key, value]) => setKey(patched, endpoint, key, value),
    text,
  )
}

const parse = (text: string) => parseDocument(text, { schema: 'core', uniqueKeys: false })

type Entry = Pair<ParsedNode, ParsedNode | null>
type Endpoint = YAMLMap.Parsed

function findEndpoint({ contents }: ReturnType<typeof parse>, name: string): Endpoint | undefined {
  const list = isMap(contents) ? contents.get('definitions', true) : undefined
  if (!isSeq(list)) return undefined
  return list.items.filter((item) => isMap(item)).find((item) => item.get('name') === name) as
    | Endpoint
    | undefined
}

/** One key at a time: each edit moves what stands behind it. */
function setKey(text: string, name: string, key: string, value: unknown): string {
  const document = parse(text)
  const endpoint = findEndpoint(document, name)
  if (endpoint === undefined) return text
  const index = endpoint.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key)
  const entry = endpoint.items[index]
  if (endpoint.flow === true || (index === 0 && value === null)) {
    const map: YAMLMap = endpoint
    if (value === null) map.delete(key)
    else map.set(key, document.createNode(value))
    return document.toString({ lineWidth: 0 })
  }
  if (entry === undefined)
    return value === null ? text : append(text, endpoint, written(key, value))
  return value === null ? cut(text, entry) : replace(text, entry, { key, value })
}

/** `key: value` in block style, without a newline at its end. */
const written = (key: string, value: unknown): string =>
  stringify({ [key]: value }, { lineWidth: 0 }).trimEnd()

/** Behind the last key, in the column of the first. */
function append(text: string, { items }: Endpoint, entry: string): string {
  const last = items.at(-1)
  if (last === undefined) return text
  const end = endOf(last)
  const isOpen = end > 0 && text[end - 1] !== '\n'
  const lines = indent(`${entry}\n`, columnOf(text, last.key.range[0]))
  return `${text.slice(0, end)}${isOpen ? '\n' : ''}${lines}${text.slice(end)}`
}

/** A scalar keeps the comment behind it. */
function replace(
  text: string,
  entry: Entry,
  { key, value }: { readonly key: string; readonly value: unknown },
): string {
  const [start] = entry.key.range
  const old = entry.value
  if (isScalar(old) && (typeof value !== 'object' || value === null) && old.range !== undefined) {
    return text.slice(0, start) + written(key, value) + text.slice(old.range[1])
  }
  const lines = indent(written(key, value), columnOf(text, start)).trimStart()
  return `${text.slice(0, start)}${lines}\n${text.slice(endOf(entry))}`
}

/** Takes out a key with its lines. */
function cut(text: string, entry: Entry): string {
  const [start] = entry.key.range
  return text.slice(0, start - columnOf(text, start)) + text.slice(endOf(entry))
}

const endOf = ({ key, value }: Entry): number => (value ?? key).range[2]

const columnOf = (text: string, offset: number): number =>
  offset - (text.lastIndexOf('\n', offset - 1) + 1)

const indent = (lines: string, columns: number): string =>
  lines.replaceAll(/^(?=.)/gm, ' '.repeat(columns))
