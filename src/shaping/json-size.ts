import { endOfString } from './exact-json.ts'

/**
 * How many values a JSON text holds, keys not counted: what it takes as objects depends on them more than on its bytes
 * (`[],` are three bytes and an array). Never too few; up to `exactFrom` also what only looks like one inside a text.
 */
export function countValues(text: string, exactFrom: number): number {
  const marks = 1 + count(text, ',') + count(text, '[') + count(text, '{')
  return marks <= exactFrom ? marks : countExactly(text)
}

/** Every value but the first follows a comma or an opening bracket. */
function countExactly(text: string): number {
  let values = 1
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') at = endOfString(text, at) - 1
    else if (character === ',' || character === '[' || character === '{') values++
  }
  return values
}

/** How often a character occurs. */
export function count(text: string, character: string): number {
  let found = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found++
  return found
}
