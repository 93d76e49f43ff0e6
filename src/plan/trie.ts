import { foldCase, type Segment, toSegment } from './pattern.ts'
import type { Route } from './types.ts'

/** What a matcher looks at. */
export type Matchable = Pick<Route, 'method' | 'path'>

/** A place in the trie; everything but `seeds` is there once it has grown. */
export interface Node<R> {
  /** Routes at or below this node that no request has asked for yet. */
  seeds?: Seed<R>[] | undefined
  statics?: Map<string, Node<R>>
  /** Children by lower-case text, where a text has capitals; made when a request first misses. */
  folded?: ReadonlyMap<string, readonly Static<R>[]>
  hasCapitals?: boolean
  /** Most specific first. */
  parameters?: Parameter<R>[]
  /** Routes that end here, one for each method. */
  leaves?: Leaf<R>[]
  /** The bypass that takes what remains. */
  wildcard?: Leaf<R>
}

/** A route on its way down the trie. */
interface Seed<R> extends Leaf<R> {
  /** Where the segment that comes next begins in its path; past its end when there is none. */
  readonly from: number
}

/** A child by its text. */
export interface Static<R> {
  readonly text: string
  readonly next: Node<R>
}

/** A child that takes any text with this prefix and suffix. */
export interface Parameter<R> {
  readonly prefix: string
  readonly suffix: string
  readonly folded: { readonly prefix: string; readonly suffix: string }
  readonly node: Node<R>
}

/** A route where it ends. */
export interface Leaf<R> {
  readonly route: R
  readonly names: readonly string[]
}

/**
 * A trie of routes, segment by segment. A branch grows when the first request comes to it: a large plan is switched to as
 * fast as a small one.
 */
export const createTrie = <R extends Matchable>(routes: readonly R[]): Node<R> => ({
  seeds: routes.map(toSeed),
})

const toSeed = <R extends Matchable>(route: R): Seed<R> => ({
  route,
  names: NONE,
  from: 1,
})

const NONE: readonly string[] = []

/** Lets what waits here grow by one segment; to be called before anything else of a node is looked at. */
export function grow<R extends Matchable>(node: Node<R>): void {
  const { seeds } = node
  if (seeds === undefined) return
  node.seeds = undefined
  for (const seed of seeds) plant(node, seed)
}

function plant<R extends Matchable>(node: Node<R>, seed: Seed<R>): void {
  const { route, names, from } = seed
  const { path } = route
  if (from > path.length) {
    ;(node.leaves ??= []).push({ route, names })
    return
  }
  const slash = path.indexOf('/', from)
  const end = slash < 0 ? path.length : slash
  const segment = toSegment(path.slice(from, end))
  if (segment.kind === 'wildcard') {
    node.wildcard ??= { route, names }
    return
  }
  const next = descend(node, segment)
  const known = segment.kind === 'parameter' ? [...names, segment.name] : names
  ;(next.seeds ??= []).push({ route, names: known, from: end + 1 })
}

function descend<R>(node: Node<R>, segment: Exclude<Segment, { kind: 'wildcard' }>): Node<R> {
  if (segment.kind === 'static') {
    node.statics ??= new Map()
    const next = node.statics.get(segment.text) ?? {}
    node.statics.set(segment.text, next)
    if (foldCase(segment.text) !== segment.text) node.hasCapitals = true
    return next
  }
  const { prefix, suffix } = segment
  node.parameters ??= []
  const known = node.parameters.find((other) => other.prefix === prefix && other.suffix === suffix)
  if (known !== undefined) return known.node
  const folded = { prefix: foldCase(prefix), suffix: foldCase(suffix) }
  const made = { prefix, suffix, folded, node: {} }
  node.parameters.push(made)
  node.parameters.sort(bySpecificity)
  return made.node
}

type Affixes = Pick<Parameter<unknown>, 'prefix' | 'suffix'>

/** Longer prefix, then longer suffix; the text decides between equals so that file order never does. */
function bySpecificity(a: Affixes, b: Affixes): number {
  return (
    b.prefix.length - a.prefix.length ||
    b.suffix.length - a.suffix.length ||
    (a.prefix + a.suffix < b.prefix + b.suffix ? -1 : 1)
  )
}
