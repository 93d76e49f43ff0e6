import type { Shaper, Shaping } from './types.ts'
import { cutAt, isObject, put } from './value.ts'

/**
 * Moves values to a top-level name, one pair after the other, over what was there. The old name is a top-level key, with
 * or without dots in it, or else a path. Of the new name only what stands before its first dot counts (as in the original).
 */
export function createMapping(pairs: Shaping['mapping']): Shaper {
  const moves = pairs.map(([path, to]) => ({ key: path.join('.'), path, to: newName(to) }))
  return (value) => {
    if (!isObject(value)) return value
    for (const { key, path, to } of moves) {
      const moved = cutAt(value, Object.hasOwn(value, key) ? [key] : path)
      if (moved !== undefined) put(value, to, moved)
    }
    return value
  }
}

/** The name that a top-level key has after the mapping. */
export const mappedName = (pairs: Shaping['mapping'], name: string): string =>
  pairs.reduce((current, [from, to]) => (from.join('.') === current ? newName(to) : current), name)

const newName = (to: string): string => to.split('.', 1)[0] ?? to
