import * as z from 'zod'
import { parseBytes } from '../lib/bytes.ts'
import { parseDuration } from '../lib/duration.ts'

/**
 * Option shapes that policies and transports share. Each takes what YAML says and what a filled `${NAME}` leaves behind
 * (a text), reads an empty key as absent, and accepts its own output, so that options can be decoded again.
 */
const YES_OR_NO = /^(?:true|false|yes|no|on|off|y|n)$/i

/** A boolean, also in YAML 1.1 spelling; `initial` when absent. */
export const flag = (description: string, initial = false) =>
  z
    .union([z.boolean(), z.string().regex(YES_OR_NO, NO_FLAG)], { error: NO_FLAG })
    .nullish()
    .transform((value) =>
      typeof value === 'string' ? /^(?:t|y|on)/i.test(value) : (value ?? initial),
    )
    .describe(description)

/** A text that can stand in a header; empty when absent. */
export const headerText = (description: string) =>
  z
    .string()
    .regex(HEADER_TEXT, 'must be printable ASCII, it becomes a header')
    .nullish()
    .transform((value) => value ?? '')
    .describe(description)

/** Texts: a list, or one text with commas between them; empty when absent. */
export const texts = (description: string, item: z.ZodType<string, string> = z.string()) =>
  z
    .union([z.array(item), z.string().transform(splitAtCommas).pipe(z.array(item))])
    .nullish()
    .transform((value): readonly string[] => value ?? [])
    .describe(description)

/** Whether a text is a token of RFC 9110, as header names are. */
export const isToken = (text: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)

/** The name of a header. */
export const token = z.string().refine(isToken, 'must be a header name')

/** A name without spaces or control characters; empty when absent. */
export const name = (description: string) =>
  z
    .string()
    .regex(/^[\x21-\x7e]*$/, 'must be a name')
    .nullish()
    .transform((value) => value ?? '')
    .describe(description)

/** One of a few words, whatever their case; undefined when absent. */
export const word = <const W extends string>(words: readonly W[], description: string) =>
  z
    .string()
    .nullish()
    .transform((text, context): W | undefined => {
      if (text === null || text === undefined || text === '') return undefined
      const found = words.find((word) => word === text.toLowerCase())
      if (found !== undefined) return found
      context.addIssue({ code: 'custom', message: `must be ${listed(words)}` })
      return z.NEVER
    })
    .meta({ title: listed(words) })
    .describe(description)

/** A number, which may have a fraction; undefined when absent. */
export const amount = (description: string) =>
  z
    .union([z.number(), z.string().regex(/^-?\d{1,15}(?:\.\d{1,9})?$/, NO_NUMBER)], {
      error: NO_NUMBER,
    })
    .nullish()
    .transform((value) => (value === null || value === undefined ? undefined : Number(value)))
    .describe(description)

/** A whole number from 0; 0 when absent. */
export const count = (description: string) =>
  z
    .union([z.int().min(0), z.string().regex(/^\d{1,15}$/, NO_COUNT)], { error: NO_COUNT })
    .nullish()
    .transform((value) => Number(value ?? 0))
    .describe(description)

/** Bytes: `16MiB`, `500KB` or a number; `initial` when absent. */
export const size = (description: string, initial: number) =>
  z
    .union([z.int().min(0), z.string().refine((text) => parseBytes(text) !== undefined, NO_SIZE)], {
      error: NO_SIZE,
    })
    .nullish()
    .transform((value) => (typeof value === 'string' ? parseBytes(value) : value) ?? initial)
    .meta({ title: 'size' })
    .describe(description)

/** A Go duration string of 0 or more; `0s` when absent. A bare number other than 0 has no unit and is refused. */
export const duration = (description: string) =>
  z
    .union([z.literal(0).transform(() => '0s'), z.string().refine(isDuration, NO_DURATION)], {
      error: NO_DURATION,
    })
    .nullish()
    .transform((value) => value ?? '0s')
    .describe(description)

// Said by the text's branch as well: of a union the branch that came furthest speaks.
const NO_FLAG = 'must be true or false'
const NO_NUMBER = 'must be a number'
const NO_COUNT = 'must be a whole number'
const NO_SIZE = 'must be a size such as 16MiB or 500KB'
const NO_DURATION = 'must be a duration such as 2s or 12h'

const HEADER_TEXT = /^[\t\x20-\x7e]*$/

const splitAtCommas = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

function isDuration(text: string): boolean {
  const ms = parseDuration(text)
  return ms !== undefined && ms >= 0
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
