import { Validator } from '@cfworker/json-schema'
import { err, ok, type Result } from '../../lib/result.ts'
import { draftOf, type JsonSchema, surveySchema } from './schema-survey.ts'

/** Judges a value; the error says where it is wrong and how, in words for clients. */
export type Check = (value: unknown) => Result<undefined, string>

/** Interprets a schema; nothing is compiled to code. Throws for what `surveySchema` finds. */
export function createCheck(schema: JsonSchema): Check {
  // It writes into the schema, and that of a plan is frozen.
  const own = structuredClone(schema)
  const { schemas } = surveySchema(own)
  for (const part of schemas) tame(part)
  const validator = new Validator(own, draftOf(schema))
  const comparesItems = schemas.some(({ uniqueItems }) => uniqueItems === true)
  return (value) => {
    if (comparesItems && hasLongList(value)) return err(TOO_MANY)
    const { valid, errors } = validator.validate(value)
    if (valid) return ok(undefined)
    // The last one is the innermost: those before only say that something inside is wrong.
    const { instanceLocation = '#', error = 'is not as it must be' } = errors.at(-1) ?? {}
    return err(`${instanceLocation}: ${error}`)
  }
}

/** The interpreter's expression for `url` takes seconds for 40 characters that a client can choose; that for `uri` does not. */
function tame(part: { format?: unknown }): void {
  if (part.format === 'url') part.format = 'uri'
}

/** The interpreter compares each element with each other one, whatever `maxItems` says. */
const MOST_COMPARED = 1000
const TOO_MANY = `#: a list of more than ${MOST_COMPARED} elements can not be compared here.`

function hasLongList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value) && value.length > MOST_COMPARED) return true
  return Object.values(value).some(hasLongList)
}

/** A group that repeats and holds something that repeats: such expressions can take exponential time. */
const RISKY = /\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/

/** Whether some texts could keep an expression busy for very long. */
export const isRisky = (pattern: string): boolean => RISKY.test(pattern)
