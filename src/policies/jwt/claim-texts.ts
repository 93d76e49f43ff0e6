/** The scopes that a claim lists: texts of a list, or one text with spaces between them (RFC 8693 section 4.2). */
export function scopesOf(claim: unknown): readonly unknown[] {
  if (typeof claim === 'string') return claim.split(' ')
  return Array.isArray(claim) ? claim : []
}

/**
 * A claim as the value of a header, in UTF-8; a list with commas. Undefined for what has no unambiguous text there:
 * control characters, lists whose entries hold commas, maps.
 */
export function headerValueOf(claim: unknown): string | undefined {
  if (Array.isArray(claim)) {
    const entries = claim.map(plainText)
    const isClear = entries.every((entry) => entry !== undefined && !entry.includes(','))
    return isClear ? toBytes(entries.join(',')) : undefined
  }
  const text = plainText(claim)
  return text === undefined ? undefined : toBytes(text)
}

function plainText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && !/\p{Cc}/u.test(value) ? value : undefined
}

/** `Headers` takes bytes, one character each. */
const toBytes = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
