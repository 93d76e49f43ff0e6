import { stringifyJson } from './json.ts'
import type { Encoding, Json } from './types.ts'
import { get, isObject } from './value.ts'

/** A body and its `Content-Type`. */
export interface Rendered {
  readonly text: string
  readonly contentType: string
}

/** Writes a shaped answer: `string` is the text under `content` or nothing, all else is JSON. */
export function render(value: Json, encoding: Encoding): Rendered {
  if (encoding !== 'string') {
    return { text: stringifyJson(value), contentType: 'application/json; charset=utf-8' }
  }
  const content = isObject(value) ? get(value, 'content') : undefined
  const text = typeof content === 'string' ? content : ''
  return { text, contentType: 'text/plain; charset=utf-8' }
}
