import type { Shaper } from './types.ts'
import { isObject } from './value.ts'

/** The key under which an array stands wherever only an object can. */
export const COLLECTION = 'collection'

/** Puts an array into an object, so that filters and mapping can work on it. */
export const wrapCollection: Shaper = (value) =>
  Array.isArray(value) ? { [COLLECTION]: value } : value

/** Takes the array out again, provided that nothing else has come to stand beside it, which would be lost. */
export const createUnwrapping =
  (name: string): Shaper =>
  (value) => {
    if (!isObject(value)) return value
    const [first, second] = Object.entries(value)
    return first?.[0] === name && second === undefined ? first[1] : value
  }
