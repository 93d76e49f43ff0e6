import type * as z from 'zod'
import { at, isPlainMap } from './conform.ts'
import type { Fault, Place } from './diagnostics.ts'
import { holdsReference } from './references.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** What the schema found wrong with data, as errors at their places. No message repeats a value. */
export function faultsOf(error: z.core.$ZodError, data: unknown, place: Place): readonly Fault[] {
  return error.issues.flatMap(flatten).map((issue) => faultOf(issue, data, place))
}

/** The same without what is wrong only because a reference is not filled yet. */
export function faultsBesideReferences(
  error: z.core.$ZodError,
  data: unknown,
  place: Place,
): readonly Fault[] {
  const issues = error.issues.filter(({ path }) => !holdsReference(valueAt(data, path)))
  return issues.flatMap(flatten).map((issue) => faultOf(issue, data, place))
}

/** Of a union the branch that came furthest, else the first: references and short forms stand last. */
function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const deepest = issue.errors.find((issues) => issues.some(({ path }) => path.length > 0))
  const branch = deepest ?? issue.errors[0] ?? []
  if (branch.length === 0 || hasOwnMessage(issue)) return [issue]
  return branch
    .map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
    .flatMap(flatten)
}

const hasOwnMessage = ({ message }: Issue) => message !== '' && !message.startsWith('Invalid input')

function faultOf(issue: Issue, data: unknown, place: Place): Fault {
  const path = issue.path.filter((step) => typeof step !== 'symbol')
  const value = valueAt(data, path)
  const key = path.at(-1)
  if (value === undefined && issue.code === 'invalid_type' && typeof key === 'string') {
    return {
      severity: 'error',
      message: `"${key}" is missing.`,
      place: at(place, ...path.slice(0, -1)),
    }
  }
  const { message, hint } = describe(issue, nameOf(path), value)
  return {
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    place: at(place, ...path),
  }
}

function describe(issue: Issue, name: string, value: unknown) {
  switch (issue.code) {
    case 'invalid_type':
      return {
        message: `${name} must be ${KINDS[issue.expected] ?? issue.expected}.`,
        hint: isPlainMap(value) && issue.expected === 'string' ? QUOTE : undefined,
      }
    case 'too_small':
      return issue.origin === 'array'
        ? { message: `${name} must not be empty.` }
        : { message: `${name} must be at least ${issue.minimum}.` }
    case 'too_big':
      return { message: `${name} must be at most ${issue.maximum}.` }
    case 'custom': {
      const hint: unknown = issue.params?.['hint']
      return {
        message: sentence(name, issue.message),
        hint: typeof hint === 'string' ? hint : undefined,
      }
    }
    case 'invalid_value':
      return { message: `${name} must be one of ${issue.values.map(String).join(', ')}.` }
    default:
      return { message: sentence(name, issue.message) }
  }
}

/** Our own messages are sentences; zod's and the policies' are what follows a name. */
function sentence(name: string, message: string): string {
  if (message.endsWith('.')) return message
  // A pattern or a bare "Invalid input" tells nobody anything.
  return message.startsWith('Invalid')
    ? `${name} is not written as it must be.`
    : `${name} ${message}.`
}

const QUOTE = 'Put a text that holds braces in quotes.'

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'a text',
}

/** `"weight"`, or `Entry 2 of "hosts"` for an entry of a list. */
function nameOf(path: Path): string {
  const last = path.at(-1)
  const key = path.findLast((step) => typeof step === 'string')
  if (typeof last !== 'number') return key === undefined ? 'This' : `"${key}"`
  return key === undefined ? `Entry ${last + 1}` : `Entry ${last + 1} of "${key}"`
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<PropertyKey, unknown>>)[step]
  }
  return value
}
