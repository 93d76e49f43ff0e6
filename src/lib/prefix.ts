/**
 * The first text after all that begin with `prefix`, in the order of UTF-8 bytes (which is that of code points);
 * undefined when there is none.
 */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0)
  while (points.at(-1) === LAST_CODE_POINT) points.pop()
  const last = points.pop()
  if (last === undefined) return undefined
  const next = last + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : last + 1
  return String.fromCodePoint(...points, next)
}

const FIRST_SURROGATE = 0xd800
const AFTER_SURROGATES = 0xe000
const LAST_CODE_POINT = 0x10ffff
