import type { JsonObject, Path, Shaper } from './types.ts'
import { putAt, valueAt } from './value.ts'

/**
 * Keeps what stands at the paths, and of other objects only what leads there. A path that crosses an array or a scalar
 * keeps nothing. Of two paths one of which leads through the other, the later counts (as in the original).
 */
export function createWhitelist(paths: readonly Path[]): Shaper {
  const kept = paths.reduce(withoutRelatives, [])
  return (value) => {
    if (value === null) return null
    const result: JsonObject = {}
    for (const path of kept) {
      const found = valueAt(value, path)
      if (found !== undefined) putAt(result, path, found)
    }
    return result
  }
}

const withoutRelatives = (earlier: readonly Path[], path: Path): readonly Path[] => [
  ...earlier.filter((other) => !isPrefix(other, path) && !isPrefix(path, other)),
  path,
]

const isPrefix = (shorter: Path, longer: Path): boolean =>
  shorter.every((segment, index) => longer[index] === segment)
