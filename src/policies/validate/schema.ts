import { type SchemaDraft, Validator } from '@cfworker/json-schema'
import { err, ok, type Result } from '../../lib/result.ts'

/** A JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Judges a value; the error says where it is wrong and how, in words for clients. */
export type Check = (value: unknown) => Result<undefined, string>

/** Interprets a schema; nothing is compiled to code. Throws for what `faultOf` finds. */
export function createCheck(schema: JsonSchema): Check {
  // It writes into the schema, and that of a plan is frozen.
  const validator = new Validator(structuredClone(schema), draftOf(schema))
  return (value) => {
    const { valid, errors } = validator.validate(value)
    if (valid) return ok(undefined)
    // The last one is the innermost: those before only say that something inside is wrong.
    const { instanceLocation = '#', error = 'is not as it must be' } = errors.at(-1) ?? {}
    return err(`${instanceLocation}: ${error}`)
  }
}

/** What makes a schema unusable, or undefined: references that lead nowhere, expressions that are none, bad types. */
export function faultOf(schema: JsonSchema): string | undefined {
  return faultIn(schema, schema, new Set())
}

const TYPES = new Set(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])

function faultIn(value: unknown, root: JsonSchema, seen: Set<unknown>): string | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  seen.add(value)
  for (const [key, item] of Object.entries(value)) {
    const fault = faultOfKeyword(key, item, root) ?? faultIn(item, root, seen)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOfKeyword(key: string, value: unknown, root: JsonSchema): string | undefined {
  if (key === '$ref' && typeof value === 'string') {
    return isPresent(value, root) ? undefined : `its $ref "${value}" leads nowhere`
  }
  if (key === 'pattern' && typeof value === 'string') {
    return isExpression(value) ? undefined : `its pattern "${value}" is no regular expression`
  }
  if (key === 'type' && (typeof value === 'string' || Array.isArray(value))) {
    const unknown = [value].flat().find((type) => !TYPES.has(String(type)))
    return unknown === undefined ? undefined : `its type "${String(unknown)}" is not known`
  }
  return undefined
}

/** Only what stands in the schema itself can be referred to: nothing is ever fetched. */
function isPresent(reference: string, root: JsonSchema): boolean {
  if (reference === '#') return true
  if (!reference.startsWith('#/')) return false
  const steps = decodeURIComponent(reference.slice(2)).split('/')
  const target = steps
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (value, step) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, step)
          ? (value as JsonSchema)[step]
          : undefined,
      root,
    )
  return target !== undefined
}

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').source !== ''
  } catch {
    return false
  }
}

/** A group that repeats and holds something that repeats: such expressions can take exponential time. */
const RISKY = /\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/

/** The patterns of a schema that some texts could keep busy for very long. */
export function riskyPatterns(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    key === 'pattern' && typeof item === 'string'
      ? RISKY.test(item)
        ? [item]
        : []
      : riskyPatterns(item),
  )
}

function draftOf({ $schema }: JsonSchema): SchemaDraft {
  const text = typeof $schema === 'string' ? $schema : ''
  if (text.includes('draft-04')) return '4'
  if (text.includes('draft-06') || text.includes('draft-07')) return '7'
  return text.includes('2019-09') ? '2019-09' : '2020-12'
}
