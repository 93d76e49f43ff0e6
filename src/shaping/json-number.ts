/** A JSON number whose text a double would change: 12345678901234567890, 1.10, 1E400, -0. */
export class JsonNumber {
  /** As it stood in the source, a valid number by RFC 8259 section 6. */
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }

  /** Makes `JSON.stringify` write the text (TC39 JSON.rawJSON). */
  toJSON(): object {
    return (JSON as JsonWithRaw).rawJSON(this.text)
  }
}

/** In V8 since 11.4; the type library of ES2024 does not know it. */
type JsonWithRaw = JSON & { readonly rawJSON: (text: string) => object }

/** True when the number, read and written by JavaScript, comes out as the same characters. */
export const keepsText = (number: string): boolean => String(Number(number)) === number

/**
 * True when a number of a JSON array or object might change its text on the way through `JSON.parse` and
 * `JSON.stringify`. Never wrong about a change; what only looks like a number inside a string may count as one.
 */
export function mayChangeNumbers(text: string): boolean {
  const suspects = INDENTED.test(text) ? SUSPECTS_IN_INDENTED : SUSPECTS
  suspects.lastIndex = 0
  for (let found = suspects.exec(text); found !== null; found = suspects.exec(text)) {
    const [, number] = found
    if (number === undefined || !keepsText(number)) return true
  }
  return false
}

/**
 * Numbers that need a closer look: negative zero, a trailing zero, an exponent, 16 characters or more (15 digits always
 * survive a double), less than 1e-6 (which is written with an exponent). They are found by their end, which is rarer
 * than their beginning, and looked at backwards. From 40 characters on none survives, wherever it began: without this
 * limit a number of millions of digits would overflow the stack of regular expressions.
 */
const SPACE = ' \\n\\r\\t'
const UNSAFE = [
  '-0',
  '-?\\d{1,39}\\.\\d{0,39}0',
  '-?[\\d.]{1,39}[eE][-+]?\\d{1,39}',
  '-?[\\d.]{16,39}',
  '-?0\\.000000\\d{0,39}',
].join('|')
const BEHIND = `(?:[:,[${SPACE}](${UNSAFE})|[-+.eE\\d]{40})`
const END = `[,\\]}${SPACE}]`

/** Both match the same: V8 skips ahead in the first, which pays unless most characters are white space. */
const SUSPECTS = new RegExp(`[-+.eE\\d]\\d${END}(?<=${BEHIND}.)`, 'gs')
const SUSPECTS_IN_INDENTED = new RegExp(`[-+.eE\\d]\\d(?=${END})(?<=${BEHIND})`, 'g')
const INDENTED = /^[[{]\s/
