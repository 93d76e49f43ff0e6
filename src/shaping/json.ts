import { err, ok, type Result } from '../lib/result.ts'
import { stringifyDeep } from './deep-json.ts'
import { endOfString, parseExact } from './exact-json.ts'
import { mayChangeNumbers } from './json-number.ts'
import { count } from './json-size.ts'
import type { Json } from './types.ts'

/** Deepest nesting of arrays and objects that is read. */
export const MAX_DEPTH = 10_000

/**
 * Reads JSON so that every number keeps its text; the error is a clause about the text that shows none of it.
 *
 * Of equal keys the last counts. A byte order mark and white space around the value are passed over, anything else
 * beside it is an error (the original ignored it).
 */
export function parseJson(text: string): Result<Json, string> {
  const json = text.startsWith('\ufeff') ? text.slice(1) : text
  if (isTooDeep(json)) return err(`it is nested deeper than ${MAX_DEPTH} levels`)
  try {
    return ok(mayChangeNumbers(json) ? parseExact(json) : parseNative(json))
  } catch (cause) {
    if (cause instanceof SyntaxError) return err('it is not valid JSON')
    throw cause
  }
}

/** The search for changing numbers needs the bracket after the last one, so a lone number is read exactly. */
function parseNative(text: string): Json {
  const value = JSON.parse(text) as Json
  return typeof value === 'number' ? parseExact(text) : value
}

/** Writes JSON compactly; `JsonNumber`s as their text, lone surrogates as escapes. */
export function stringifyJson(value: Json): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    if (cause instanceof RangeError) return stringifyDeep(value)
    throw cause
  }
}

/** Counts the brackets first, which is fast and nearly always enough. */
function isTooDeep(text: string): boolean {
  if (text.length <= 2 * MAX_DEPTH) return false
  if (count(text, '{') + count(text, '[') <= MAX_DEPTH) return false
  let depth = 0
  for (let at = 0; at < text.length && depth <= MAX_DEPTH; at++) {
    const character = text[at]
    if (character === '"') at = endOfString(text, at) - 1
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth--
  }
  return depth > MAX_DEPTH
}
