import { isPlainMap } from '../conform.ts'
import { resolve } from './operation.ts'

type Data = Readonly<Record<string, unknown>>

/**
 * A schema of an OpenAPI or Swagger document as a JSON Schema 2020-12 that stands alone: whatever it refers to is in its
 * `$defs`. `nullable`, boolean `exclusiveMinimum` and `readOnly` properties (which clients do not send) get the meaning
 * that they have in OpenAPI 3.0 and Swagger 2.0. References that lead nowhere stay, to be found by the policy.
 */
export function standaloneSchema(spec: Data, schema: Data): Data {
  const names = new Map<string, string>()
  const defs: Record<string, unknown> = {}
  const nameOf = (reference: string): string => {
    const known = names.get(reference)
    if (known !== undefined) return known
    const name = freshName(reference, new Set(names.values()))
    const target = resolve(spec, { $ref: reference })
    names.set(reference, name)
    if (target !== undefined) defs[name] = convert(target, nameOf, spec)
    return name
  }
  const converted = convert(schema, nameOf, spec)
  const root = isPlainMap(converted) ? converted : {}
  return Object.keys(defs).length === 0 ? root : { ...root, $defs: defs }
}

/** `#/components/schemas/model.InfraReq` is called `model.InfraReq`, unless another one is. */
function freshName(reference: string, taken: ReadonlySet<string>): string {
  const base = (reference.split('/').at(-1) ?? '').replaceAll(/[^\w.-]/g, '_')
  let name = base
  for (let count = 2; taken.has(name); count++) name = `${base}-${count}`
  return name
}

type NameOf = (reference: string) => string

/** Keywords whose value is a schema, a list of them, or a map of them; all others are data. */
const SCHEMA = [
  'items',
  'additionalProperties',
  'not',
  'contains',
  'propertyNames',
  'if',
  'then',
  'else',
]
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const MAP = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']
/** What says nothing about validity, some of it with another meaning in JSON Schema. */
const DROPPED = [
  'example',
  'examples',
  'xml',
  'externalDocs',
  'discriminator',
  'nullable',
  'x-nullable',
  'deprecated',
  'title',
  'description',
  'default',
  '$schema',
  '$id',
  'id',
]

function convert(schema: unknown, nameOf: NameOf, spec: Data): unknown {
  if (!isPlainMap(schema)) return schema
  const reference = schema['$ref']
  if (typeof reference === 'string' && reference.startsWith('#/')) {
    return { $ref: `#/$defs/${nameOf(reference)}` }
  }
  const entries = Object.entries(schema)
    .filter(([key]) => !DROPPED.includes(key) && (key === '$ref' || !key.startsWith('x-')))
    .map(([key, value]) => [key, convertKeyword(key, value, nameOf, spec)] as const)
  const plain = withBounds(Object.fromEntries(entries))
  const required = requiredOf(plain, spec)
  const whole = { ...plain, ...(required !== undefined && { required }) }
  const isNullable = schema['nullable'] === true || schema['x-nullable'] === true
  return isNullable ? { anyOf: [whole, { type: 'null' }] } : whole
}

function convertKeyword(key: string, value: unknown, nameOf: NameOf, spec: Data): unknown {
  const inner = (item: unknown) => convert(item, nameOf, spec)
  if (SCHEMA.includes(key)) return Array.isArray(value) ? value.map(inner) : inner(value)
  if (LIST.includes(key)) return Array.isArray(value) ? value.map(inner) : value
  if (!MAP.includes(key) || !isPlainMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inner(item)]))
}

/** `minimum: 0, exclusiveMinimum: true` (draft 4) as `exclusiveMinimum: 0`. */
function withBounds(schema: Data): Data {
  let bounded: Record<string, unknown> = { ...schema }
  for (const [exclusive, inclusive] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    const flag = bounded[exclusive]
    if (typeof flag !== 'boolean') continue
    const { [exclusive]: _, [inclusive]: bound, ...rest } = bounded
    bounded = { ...rest, ...(bound !== undefined && { [flag ? exclusive : inclusive]: bound }) }
  }
  return bounded
}

/** Properties that only answers have are not required of requests. */
function requiredOf({ required, properties }: Data, spec: Data): readonly unknown[] | undefined {
  // Swagger 2.0 documents in the wild have `required: true` on properties, which means nothing.
  if (!Array.isArray(required)) return required === undefined ? undefined : []
  if (!isPlainMap(properties)) return required
  return required.filter((name: unknown) => {
    const property = resolve(spec, properties[String(name)])
    return !isPlainMap(property) || property['readOnly'] !== true
  })
}
