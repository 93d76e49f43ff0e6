/** A value of Cap'n Proto's text format: struct, list, text, or something printed as it stands. */
export type Capnp =
  | { readonly [field: string]: Capnp | undefined }
  | readonly Capnp[]
  | string
  | boolean
  | Verbatim

/** A name, enum value or union member without a value (`void`). */
export interface Verbatim {
  readonly verbatim: string
}

export const verbatim = (text: string): Verbatim => ({ verbatim: text })

/** Prints a value; absent fields are left out. */
export function printCapnp(value: Capnp, indent = ''): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'boolean') return String(value)
  if (isVerbatim(value)) return value.verbatim
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    const items = value.map((item: Capnp) => printCapnp(item, inner))
    return value.every((item) => typeof item === 'string')
      ? `[${items.join(', ')}]`
      : `[\n${inner}${items.join(`,\n${inner}`)}\n${indent}]`
  }
  const fields = Object.entries(value).flatMap(([name, field]) =>
    // `x = .name` needs its spaces: `=.` is a syntax error.
    field === undefined ? [] : [`${name} = ${printCapnp(field, inner)}`],
  )
  return `(${fields.join(', ')})`
}

const isVerbatim = (value: object): value is Verbatim => 'verbatim' in value

/** Bytes outside printable ASCII as `\xNN` of their UTF-8, which is how the format wants them. */
function quote(text: string): string {
  let quoted = '"'
  for (const byte of new TextEncoder().encode(text)) quoted += ESCAPED[byte]
  return `${quoted}"`
}

const ESCAPED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  if (character === '"' || character === '\\') return `\\${character}`
  if (byte >= 0x20 && byte < 0x7f) return character
  return `\\x${byte.toString(16).padStart(2, '0')}`
})
