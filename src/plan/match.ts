import { decodeSegment, foldCase, valueIn } from './pattern.ts'
import { createTrie, grow, type Leaf, type Matchable, type Node, type Static } from './trie.ts'
import type { Route } from './types.ts'

/** What a method and a path lead to. */
export type Match<R extends Matchable = Route> =
  | {
      readonly kind: 'route'
      readonly route: R
      /** Decoded values by name; a value holds `/` only where the client sent `%2F`. */
      readonly params: Readonly<Record<string, string>>
    }
  /** The path exists in another spelling: trailing slash or letter case. Always one slash, then a name. */
  | { readonly kind: 'redirect'; readonly path: string }
  /** RFC 9110 section 10.2.1: the methods of this path, `HEAD` and `OPTIONS` included. */
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'not-found' }

/** Finds routes. */
export interface Matcher<R extends Matchable = Route> {
  /** `path` is canonical and raw: percent-encoding kept, no query (see http/path.ts). */
  readonly match: (method: string, path: string) => Match<R>
}

/**
 * Builds a trie of the routes. Segment by segment static text wins over parameters and these over a bypass; a branch
 * that ends without a route for the method is left again, so `POST /a/b` does not hide `GET /a/{x}`.
 */
export function createMatcher<R extends Matchable>(routes: readonly R[]): Matcher<R> {
  const root = createTrie(routes)
  return {
    match(method, path) {
      const search = createSearch(method, path)
      const leaf = find(root, 0, search)
      if (leaf !== undefined) return toMatch(leaf, search.values)
      if (search.allowed.size > 0)
        return { kind: 'method-not-allowed', allow: toAllow(search.allowed) }
      const spelling = findSpelling(root, search)
      return spelling === undefined ? { kind: 'not-found' } : { kind: 'redirect', path: spelling }
    },
  }
}

interface Search {
  readonly method: string
  readonly raw: readonly string[]
  readonly texts: readonly string[]
  /** Values of the parameters on the way to the current node. */
  readonly values: string[]
  /** Methods of the leaves that were met. */
  readonly allowed: Set<string>
}

function createSearch(method: string, path: string): Search {
  const raw = path.slice(1).split('/')
  const texts = path.includes('%') ? raw.map(decodeSegment) : raw
  return {
    method: method === 'HEAD' ? 'GET' : method,
    raw,
    texts,
    values: [],
    allowed: new Set(),
  }
}

function find<R extends Matchable>(
  node: Node<R>,
  index: number,
  search: Search,
): Leaf<R> | undefined {
  grow(node)
  const text = search.texts[index]
  if (text === undefined) return findLeaf(node, search)
  const next = node.statics?.get(text)
  const found = next === undefined ? undefined : find(next, index + 1, search)
  if (found !== undefined) return found
  for (const parameter of node.parameters ?? []) {
    const value = valueIn(text, parameter)
    if (value === undefined) continue
    search.values.push(value)
    const leaf = find(parameter.node, index + 1, search)
    if (leaf !== undefined) return leaf
    search.values.pop()
  }
  return node.wildcard
}

function findLeaf<R extends Matchable>(
  { leaves = [] }: Node<R>,
  { method, allowed }: Search,
): Leaf<R> | undefined {
  const leaf = leaves.find(({ route }) => route.method === method)
  if (leaf === undefined) for (const { route } of leaves) allowed.add(route.method)
  return leaf
}

function toMatch<R extends Matchable>(
  { route, names }: Leaf<R>,
  values: readonly string[],
): Match<R> {
  // fromEntries defines own properties, so a parameter named `__proto__` is a name like any other.
  const params = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
  return { kind: 'route', route, params }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

function toAllow(allowed: ReadonlySet<string>): readonly string[] {
  const isServed = (method: string) => allowed.has(method === 'HEAD' ? 'GET' : method)
  return [...METHODS.filter(isServed), 'OPTIONS']
}

/**
 * The spelling under which a path exists: other letter case, other trailing slash, or both; one that has the method, if
 * there is one.
 */
function findSpelling<R extends Matchable>(
  root: Node<R>,
  { method, raw, texts }: Search,
): string | undefined {
  const own = { raw, texts, folded: texts.map(foldCase) }
  const ways = [own, ...toggleSlash(own)]
  const first = (isServed: (node: Node<R>) => boolean): string | undefined => {
    for (const way of ways) {
      const spelling = spell(root, 0, { ...way, isServed })
      if (spelling !== undefined) return `/${spelling.join('/')}`
    }
    return undefined
  }
  const known = first(({ leaves }) => leaves !== undefined)
  if (known === undefined) return undefined
  return first(({ leaves = [] }) => leaves.some(({ route }) => route.method === method)) ?? known
}

/** A path in segments: as sent, decoded, and decoded in lower case. */
interface Way {
  readonly raw: readonly string[]
  readonly texts: readonly string[]
  readonly folded: readonly string[]
}

function toggleSlash({ raw, texts, folded }: Way): readonly Way[] {
  if (texts.at(-1) !== '') {
    return [{ raw: [...raw, ''], texts: [...texts, ''], folded: [...folded, ''] }]
  }
  const withoutLast = (segments: readonly string[]) => segments.slice(0, -1)
  return texts.length === 1
    ? []
    : [{ raw: withoutLast(raw), texts: withoutLast(texts), folded: withoutLast(folded) }]
}

interface Spelling<R> extends Way {
  readonly isServed: (node: Node<R>) => boolean
}

/**
 * The segments of `way` from `index` on as the routes spell them. Values are kept as sent or encoded anew, and no
 * segment of a route is empty but the last: the result can not become `//host`.
 */
function spell<R extends Matchable>(
  node: Node<R>,
  index: number,
  way: Spelling<R>,
): readonly string[] | undefined {
  grow(node)
  const { raw, texts, folded } = way
  const text = texts[index]
  const lower = folded[index]
  if (text === undefined || lower === undefined) return way.isServed(node) ? [] : undefined
  const continueWith = (spelled: string, next: Node<R>) => {
    const rest = spell(next, index + 1, way)
    if (rest === undefined) return undefined
    const kept = spelled === text ? raw[index] : undefined
    return [kept ?? encodeURIComponent(spelled), ...rest]
  }
  for (const { text, next } of staticsLike(node, lower)) {
    const found = continueWith(text, next)
    if (found !== undefined) return found
  }
  for (const parameter of node.parameters ?? []) {
    const { prefix, suffix } = parameter
    if (valueIn(lower, parameter.folded) === undefined) continue
    const value = text.slice(prefix.length, text.length - suffix.length)
    const found = continueWith(prefix + value + suffix, parameter.node)
    if (found !== undefined) return found
  }
  return node.wildcard === undefined || index === 0 ? undefined : raw.slice(index)
}

/** The children that a lower-case text means. */
function staticsLike<R>(node: Node<R>, lower: string): readonly Static<R>[] {
  if (node.hasCapitals !== true) {
    const next = node.statics?.get(lower)
    return next === undefined ? [] : [{ text: lower, next }]
  }
  node.folded ??= Map.groupBy(
    [...(node.statics ?? [])].map(([text, next]) => ({ text, next })),
    ({ text }) => foldCase(text),
  )
  return node.folded.get(lower) ?? []
}
