import type { Path, Shaper } from './types.ts'
import { cutAt } from './value.ts'

/** Removes what stands at the paths, at any depth; an object that loses its last member stays as `{}`. */
export const createBlacklist =
  (paths: readonly Path[]): Shaper =>
  (value) => {
    for (const path of paths) cutAt(value, path)
    return value
  }
