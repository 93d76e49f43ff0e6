import { Validator } from '@cfworker/json-schema'

type Json = Readonly<Record<string, unknown>>

/** What is needed of the OpenAPI document that the Admin API serves. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: Json & { readonly responses: Readonly<Record<string, DescribedAnswer>> }
}

interface Described {
  readonly responses: Readonly<Record<string, DescribedAnswer | { readonly $ref: string }>>
}

interface DescribedAnswer {
  readonly headers?: Json
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>
}

/** An answer of the Admin API, and what it answers. */
export interface Answered {
  readonly method: string
  /** Below `/__admin/api`, perhaps with a query. */
  readonly path: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * What an answer has that its description does not say, or the other way round. Objects may hold nothing but what is
 * described; what the description leaves open on purpose stays open.
 */
export function findMisfits(description: Description, answered: Answered): readonly string[] {
  const { method, path, status, headers, text } = answered
  const operation = operationOf(description, method, path)
  if (operation === undefined) return [404, 405, 204].includes(status) ? [] : [`answers ${status}`]
  const answer = answerOf(description, operation, status)
  if (answer === undefined) {
    return isGuards(text) ? [] : [`${status} is not described`]
  }
  const type = (headers.get('content-type') ?? '').split(';')[0] ?? ''
  const tags = status < 300 && (headers.get('etag') !== null) !== 'ETag' in (answer.headers ?? {})
  return [
    ...(tags ? [`its ETag is ${headers.get('etag')}`] : []),
    ...(answer.content === undefined
      ? text === ''
        ? []
        : ['has a body']
      : misfitsOfBody(description, answer.content[type]?.schema, { type, text })),
  ]
}

/** Of the paths that fit, the one with the fewest parameters: `/session/password` is no token. */
function operationOf({ paths }: Description, method: string, path: string): Described | undefined {
  const [asked = ''] = path.split('?')
  const fitting = Object.keys(paths)
    .filter((template) => toExpression(template).test(asked))
    .toSorted((a, b) => a.split('{').length - b.split('{').length)
  const own = fitting.flatMap((template) => paths[template]?.[method.toLowerCase()] ?? [])
  return own[0]
}

const toExpression = (template: string): RegExp =>
  new RegExp(
    `^${template
      .replaceAll('.', String.raw`\.`)
      .replaceAll('{file}', '(?:apis(?:/|%2F))?[^/]+')
      .replaceAll(/\{[^}]+\}/g, '[^/]+')}$`,
  )

function answerOf(
  { components }: Description,
  { responses }: Described,
  status: number,
): DescribedAnswer | undefined {
  const found = responses[String(status)]
  if (found === undefined || !('$ref' in found)) return found
  return components.responses[found.$ref.slice(found.$ref.lastIndexOf('/') + 1)]
}

/** What stands in front of all operations (`admin:` of the system file) refuses in words of its own. */
const isGuards = (text: string): boolean => /"detail":"The Admin API (is|does not)/.test(text)

function misfitsOfBody(
  { components }: Description,
  schema: Json | undefined,
  { type, text }: { readonly type: string; readonly text: string },
): readonly string[] {
  if (schema === undefined) return [`its type is "${type}"`]
  const data: unknown = type.endsWith('json') ? JSON.parse(text) : text
  const whole = close({ ...schema, components })
  const { valid, errors } = new Validator(whole, '2020-12', false).validate(data)
  return valid ? [] : errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
}

/** The same schema, whose objects hold nothing but what it names unless it says so. */
function close<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(close) as T
  if (typeof schema !== 'object' || schema === null) return schema
  const closed = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, close<unknown>(value)]),
  )
  const isObject = 'properties' in closed && !('additionalProperties' in closed)
  return (isObject ? { ...closed, additionalProperties: false } : closed) as T
}
