import type { Path, Shaper } from './types.ts'
import { valueAt } from './value.ts'

/** Picks what stands at a path through objects, be it an array or a scalar; `{}` when nothing is there. */
export const createTarget =
  (path: Path): Shaper =>
  (value) => {
    const found = valueAt(value, path)
    return found === undefined ? {} : found
  }
