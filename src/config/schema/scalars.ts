import * as z from 'zod'
import { parseBytes } from '../../lib/bytes.ts'
import { parseDuration } from '../../lib/duration.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { Complaint } from '../diagnostics.ts'
import { parseHost } from '../host.ts'
import { hasReference } from '../references.ts'

/** A text with a `${NAME}`: it becomes the value when it is filled and is checked then. */
export const reference = z
  .string()
  .refine(hasReference, { abort: true })
  .meta({ pattern: '\\$\\{[^}]+\\}', description: 'A reference: ${NAME} or ${NAME:-default}.' })

/** A value of that schema, or a reference. */
export const referable = <S extends z.ZodType>(schema: S): z.ZodUnion<[S, typeof reference]> =>
  z.union([schema, reference])

/** What the reference page and editors tell about a scalar. */
interface Look {
  /** Its type in a word or two. */
  readonly title: string
  /** Regular expression for editors; a reference is always allowed beside it. */
  readonly pattern?: string
  /** JSON Schema of what else editors shall allow. */
  readonly also?: { readonly [keyword: string]: unknown }
}

/** A text that `read` understands, or a reference. */
export function scalar<T>(
  look: Look | string,
  read: (text: string) => Result<T, Complaint>,
): z.ZodPipe<z.ZodString, z.ZodTransform<T | string, string>> {
  return z
    .string()
    .meta(typeof look === 'string' ? { title: look } : { ...look })
    .transform((text, context) => {
      if (hasReference(text)) return text
      const result = read(text)
      if (result.ok) return result.value
      const { message, hint } = result.error
      context.addIssue({ code: 'custom', message, params: { hint } })
      return z.NEVER
    })
}

/** True or false; YAML 1.1 spellings are read by `conform`. */
export const flag = (): z.ZodUnion<[z.ZodBoolean, typeof reference]> => referable(z.boolean())

/** A whole number within bounds. */
export const count = (least: number, most: number): z.ZodUnion<[z.ZodInt, typeof reference]> =>
  referable(z.int().min(least).max(most))

/** A Go duration that is not negative; `0` becomes `0s`. */
export const duration = () =>
  scalar(
    {
      title: 'duration',
      pattern: '^(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$',
      also: { const: 0 },
    },
    readDuration,
  )

/** Bytes: `16MiB`, `500KB`, `1048576`. */
export const size = () =>
  scalar(
    {
      title: 'size',
      pattern: '^[0-9]+(\\.[0-9]+)? ?([KkMmGg][Ii]?[Bb]|[Bb])?$',
      also: { type: 'integer' },
    },
    readSize,
  )

/** `[http(s)://]name[:port][/base]`, or the name of an upstream. */
export const host = () =>
  scalar('host', (text) => {
    const address = parseHost(text)
    return address.ok ? ok(text) : address
  })

/** How a body is read or written; case does not matter. */
export const encoding = () => oneOf('encoding', ['json', 'string', 'no-op'])

/** One of a few words, whatever their case. */
export function oneOf(title: string, words: readonly string[]) {
  const hint = `Write ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.`
  const anyCase = (word: string) =>
    word.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)
  const pattern = `^(${words.map(anyCase).join('|')})$`
  return scalar({ title, pattern, also: { enum: words } }, (text) => {
    const word = words.find((word) => word === text.toLowerCase())
    return word === undefined
      ? err({ message: `"${shorten(text)}" is no known ${title}.`, hint })
      : ok(word)
  })
}

/** A text on one line: names end up in logs and metrics. */
export const label = () =>
  scalar('text', (text) => {
    if (text === '') return err({ message: 'The text is empty.' })
    return CONTROL.test(text)
      ? err({ message: 'Control characters are not allowed here.', hint: 'Write it on one line.' })
      : ok(text)
  })

/** A method that can be called; upper case. */
export const method = () =>
  scalar('method', (text) => {
    const name = text.toUpperCase()
    if (/^[!#$%&'*+.^_`|~0-9A-Z-]+$/.test(name) && !FORBIDDEN_METHODS.has(name)) return ok(name)
    return err({
      message: `"${shorten(text)}" is no method that can be called.`,
      hint: 'Write GET, POST, PUT, PATCH or DELETE.',
    })
  })

/** Methods that the platform's `fetch` refuses. */
const FORBIDDEN_METHODS = new Set(['CONNECT', 'TRACE', 'TRACK'])

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/

function readDuration(text: string): Result<string, Complaint> {
  const ms = parseDuration(text)
  if (ms !== undefined && ms >= 0) return ok(ms === 0 ? '0s' : text)
  return err({ message: `"${shorten(text)}" is no duration.`, hint: durationHint(text) })
}

function durationHint(text: string): string {
  if (text.startsWith('-')) return 'A duration cannot be negative.'
  return /^\d+(?:\.\d+)?$/.test(text)
    ? `A number needs a unit: write "${shorten(text)}s".`
    : 'Write it like "2s", "250ms" or "1h30m".'
}

function readSize(text: string): Result<number, Complaint> {
  const bytes = parseBytes(text)
  return bytes === undefined
    ? err({
        message: `"${shorten(text)}" is no size.`,
        hint: 'Write it like "16MiB", "500KB" or "1048576".',
      })
    : ok(bytes)
}

const shorten = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
