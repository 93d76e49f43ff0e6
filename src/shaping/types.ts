import type { JsonNumber } from './json-number.ts'

/** What happens to one backend's decoded answer, in the order of the fields: target, filters, mapping, group. */
export interface Shaping {
  /** Empty means the whole answer. */
  readonly target: Path
  /** When not empty, whitelist, blacklist and mapping are ignored (the original's rule). */
  readonly flatmap: readonly FlatmapOperation[]
  /** When not empty, the blacklist is ignored (the original's rule). */
  readonly whitelist: readonly Path[]
  readonly blacklist: readonly Path[]
  readonly mapping: readonly (readonly [from: Path, to: string])[]
  /** Key that wraps the result; empty means none. */
  readonly group: string
  readonly isCollection: boolean
  readonly wrapsCollection: boolean
}

/** A dotted path of the configuration, split at its dots. */
export type Path = readonly string[]

/** One operation of `flatmap_filter`; in its paths `*` matches every child of an object or array. */
export type FlatmapOperation =
  | { readonly type: 'move'; readonly from: Path; readonly to: Path }
  | { readonly type: 'del'; readonly paths: readonly Path[] }
  | { readonly type: 'append'; readonly from: Path; readonly to: Path }

/** How an answer is read and written. With `no-op` it streams past and is not shaped. */
export type Encoding = 'json' | 'string' | 'no-op'

/** A decoded answer. Numbers that a double would change are `JsonNumber`s. */
export type Json = string | number | boolean | null | JsonNumber | Json[] | JsonObject

/** Any key is a plain key, `__proto__` too: write with `put`, read with `get`, never through the prototype. */
export interface JsonObject {
  [key: string]: Json
}

/**
 * One step of shaping. It owns its argument, a freshly decoded answer that nobody else reads, and may change it in place
 * or hand out its parts.
 */
export type Shaper = (value: Json) => Json
