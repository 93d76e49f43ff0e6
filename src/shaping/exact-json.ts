import { JsonNumber, keepsText } from './json-number.ts'
import type { Json } from './types.ts'
import { type Container, isContainer, put } from './value.ts'

/**
 * Reads JSON (RFC 8259) as `JSON.parse` does, except that numbers which a double would change become `JsonNumber`s.
 * Nesting takes no stack. Throws a SyntaxError where `JSON.parse` would.
 */
export function parseExact(text: string): Json {
  const source = new Source(text)
  const open: Open[] = []
  for (;;) {
    const value = source.readToken()
    if (isContainer(value) && !source.skip(closerOf(value))) {
      open.push({ container: value, key: readKey(value, source) })
      continue
    }
    const root = complete(value, open, source)
    if (root !== undefined) return root
  }
}

/** A container whose end has not been read, and the key of the member that is being read. */
interface Open {
  readonly container: Container
  key: string
}

/** Adds a value that has been read to its container, closes what ends with it; returns the root when that has ended. */
function complete(value: Json, open: Open[], source: Source): Json | undefined {
  let ended = value
  for (let inner = open.at(-1); inner !== undefined; inner = open.at(-1)) {
    add(inner, ended)
    if (source.skip(',')) {
      inner.key = readKey(inner.container, source)
      return undefined
    }
    source.expect(closerOf(inner.container))
    open.pop()
    ended = inner.container
  }
  source.expectEnd()
  return ended
}

const closerOf = (container: Container): string => (Array.isArray(container) ? ']' : '}')

function readKey(container: Container, source: Source): string {
  if (Array.isArray(container)) return ''
  const key = source.readString()
  source.expect(':')
  return key
}

function add({ container, key }: Open, value: Json): void {
  if (Array.isArray(container)) container.push(value)
  else put(container, key, value)
}

/** Without escapes and control characters. */
const PLAIN_STRING = /"[ !#-[\]-\uffff]*"/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y

/** A text and how far it has been read. White space before anything that is asked for is passed over. */
class Source {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** A scalar, or an empty container when only its beginning has been read. */
  readToken(): Json {
    if (this.skip('{')) return {}
    if (this.skip('[')) return []
    return this.#text[this.#at] === '"' ? this.readString() : this.#readScalar()
  }

  readString(): string {
    this.#passSpace()
    const start = this.#at
    PLAIN_STRING.lastIndex = start
    if (PLAIN_STRING.test(this.#text)) {
      this.#at = PLAIN_STRING.lastIndex
      return this.#text.slice(start + 1, this.#at - 1)
    }
    this.#at = endOfString(this.#text, start)
    const value: unknown = JSON.parse(this.#text.slice(start, this.#at))
    if (typeof value !== 'string') throw new SyntaxError('a string was expected')
    return value
  }

  #readScalar(): Json {
    SCALAR.lastIndex = this.#at
    const token = SCALAR.exec(this.#text)?.[0] ?? ''
    this.#at += token.length
    const value = JSON.parse(token) as number | boolean | null
    return typeof value !== 'number' || keepsText(token) ? value : new JsonNumber(token)
  }

  skip(character: string): boolean {
    this.#passSpace()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  expect(character: string): void {
    if (!this.skip(character)) throw new SyntaxError(`${character} was expected`)
  }

  expectEnd(): void {
    this.#passSpace()
    if (this.#at < this.#text.length) throw new SyntaxError('the end was expected')
  }

  #passSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++
  }
}

const isSpace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

/** The index after the string that begins at `start`, or the length of the text when the string does not end. */
export function endOfString(text: string, start: number): number {
  let end = start
  do end = text.indexOf('"', end + 1)
  while (end >= 0 && isEscaped(text, end))
  return end < 0 ? text.length : end + 1
}

function isEscaped(text: string, quote: number): boolean {
  let first = quote
  while (text[first - 1] === '\\') first--
  return (quote - first) % 2 === 1
}
