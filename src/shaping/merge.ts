import { wrapCollection } from './collection.ts'
import type { Json, JsonObject } from './types.ts'
import { get, isObject, put } from './value.ts'

/** The shaped answer of one backend among several. */
export interface Part {
  readonly value: Json
  /** The group that its backend was given, or empty. */
  readonly group: string
}

/**
 * Merges parts in the order given: each top-level key is taken from the last part that has it, but groups of the same
 * name are merged deeply, the later winning on leaves (arrays are leaves). Takes the parts over and changes them.
 */
export function mergeParts(parts: readonly Part[]): JsonObject {
  const merged: JsonObject = {}
  const grouped = new Map<string, Json | undefined>()
  for (const { value, group } of parts) {
    const isRepeated = grouped.has(group) && grouped.get(group) === get(merged, group)
    if (isRepeated) mergeDeep(merged, asObject(value))
    else mergeShallow(merged, asObject(value))
    if (group !== '') grouped.set(group, get(merged, group))
  }
  return merged
}

/** An array stands under `collection`, a scalar under `content` (as text does); null adds nothing. */
function asObject(value: Json): JsonObject {
  const wrapped = wrapCollection(value)
  if (isObject(wrapped)) return wrapped
  return wrapped === null ? {} : { content: wrapped }
}

function mergeShallow(target: JsonObject, source: JsonObject): void {
  for (const [key, value] of Object.entries(source)) put(target, key, value)
}

function mergeDeep(target: JsonObject, source: JsonObject): void {
  const pairs: [target: JsonObject, source: JsonObject][] = [[target, source]]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [into, from] = pair
    for (const [key, value] of Object.entries(from)) {
      const existing = get(into, key)
      if (isObject(existing) && isObject(value)) pairs.push([existing, value])
      else put(into, key, value)
    }
  }
}
