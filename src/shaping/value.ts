import { JsonNumber } from './json-number.ts'
import type { Json, JsonObject, Path } from './types.ts'

export type Container = Json[] | JsonObject

export const isContainer = (value: Json | undefined): value is Container =>
  typeof value === 'object' && value !== null && !(value instanceof JsonNumber)

export const isObject = (value: Json | undefined): value is JsonObject =>
  isContainer(value) && !Array.isArray(value)

/** The value under an own key. */
export const get = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** Sets an own key; an assignment to `__proto__` would change the prototype instead. */
export function put(object: JsonObject, key: string, value: Json): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, ...PLAIN })
}

const PLAIN = { configurable: true, enumerable: true, writable: true }

/** The value at the first `length` segments of a path through objects, or undefined; arrays are not entered. */
export function valueAt(root: Json, path: Path, length: number = path.length): Json | undefined {
  let value: Json | undefined = root
  for (let depth = 0; depth < length; depth++) {
    if (!isObject(value)) return undefined
    value = get(value, path[depth] ?? '')
  }
  return value
}

/** Sets the value at a path, which must not be empty, making objects on the way where there are none. */
export function putAt(root: JsonObject, path: Path, value: Json): void {
  const last = path.length - 1
  let parent = root
  for (let depth = 0; depth < last; depth++) parent = objectIn(parent, path[depth] ?? '')
  put(parent, path[last] ?? '', value)
}

function objectIn(parent: JsonObject, key: string): JsonObject {
  const existing = get(parent, key)
  if (isObject(existing)) return existing
  const created = {}
  put(parent, key, created)
  return created
}

/** Removes the value at a path through objects and returns it, or undefined when there is none. */
export function cutAt(root: Json, path: Path): Json | undefined {
  const last = path.length - 1
  const key = path[last]
  const parent = valueAt(root, path, last)
  if (key === undefined || !isObject(parent)) return undefined
  const value = get(parent, key)
  if (value !== undefined) delete parent[key]
  return value
}
