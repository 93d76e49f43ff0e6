import { err, ok, type Result } from '../lib/result.ts'
import { parseJson } from './json.ts'
import type { Encoding, Json, Shaping } from './types.ts'
import { isObject } from './value.ts'

/**
 * Reads the body of an upstream's answer: `string` stands under `content`, all else is JSON and has to be an object, or
 * an array when `isCollection`, or null. The error is a clause about the answer that shows none of it.
 */
export function decodeBody(
  body: string,
  encoding: Encoding,
  { isCollection }: Pick<Shaping, 'isCollection'>,
): Result<Json, string> {
  if (encoding === 'string') return ok({ content: body })
  const json = parseJson(body)
  if (!json.ok || json.value === null) return json
  if (isCollection) {
    return Array.isArray(json.value) ? json : err('it is no array, though is_collection is set')
  }
  if (Array.isArray(json.value)) return err('it is an array, though is_collection is not set')
  return isObject(json.value) ? json : err('it is neither an object nor an array')
}
