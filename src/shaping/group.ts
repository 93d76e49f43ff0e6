import type { Shaper } from './types.ts'

/** Wraps the whole answer, an empty one too, under one key. (A computed key is an own key, also `__proto__`.) */
export const createGroup =
  (name: string): Shaper =>
  (value) => ({ [name]: value })
