import * as z from 'zod'
import { aliasesOf } from '../conform.ts'
import { ignoredKeys } from '../keys.ts'
import { blocks, type Level } from '../schema/blocks.ts'
import { groupSchema } from '../schema/definition.ts'
import { reference } from '../schema/scalars.ts'
import { systemSchema } from '../schema/system.ts'
import { unavailable } from '../schema/unavailable.ts'

type Json = z.core.JSONSchema.JSONSchema

/**
 * JSON Schema (draft 7, which editors' YAML support knows best) of the system file. It forbids nothing that `load`
 * takes: references, YAML 1.1 booleans, numbers in quotes, other spellings of keys, empty values.
 */
export function systemFileSchema(): Json {
  const schema = toJson(systemSchema, 'any case')
  schema.title = 'CB-Bridge system file'
  setMiddleware(schema, 'service')
  addIgnored(schema, ignoredKeys.system)
  return schema
}

/** JSON Schema of an API file. */
export function apiFileSchema(): Json {
  const schema = toJson(groupSchema, 'exact')
  schema.title = 'CB-Bridge API file'
  delete schema.required
  const definition = itemsOf(schema, 'definitions')
  setMiddleware(definition, 'endpoint')
  addIgnored(definition, ignoredKeys.definition)
  setMiddleware(itemsOf(definition, 'backend'), 'backend')
  return schema
}

/** Keys that match without regard to case cannot be demanded: a schema knows only one spelling. */
type Keys = 'exact' | 'any case'

const toJson = (schema: z.ZodType, keys: Keys): Json =>
  z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // The registry's schemas are classic ones: nothing else is used here.
      loosen(zodSchema as unknown as z.ZodType, jsonSchema)
      if (keys === 'any case') delete jsonSchema.required
    },
  }) as Json

/** A text that holds a reference. */
const REFERENCE = '\\$\\{'
const YES_OR_NO =
  '^([Yy]|[Yy]es|YES|[Nn]|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF|[Tt]rue|TRUE|[Ff]alse|FALSE|0|1)$'
const NUMBER = '^[-+]?[0-9._]+([eE][-+]?[0-9]+)?$|^0[xo][0-9A-Fa-f]+$'

function loosen(schema: z.ZodType, json: Json): void {
  if (schema === reference) return
  switch (schema.def.type) {
    case 'boolean':
      return replace(json, [{ type: 'boolean' }, textLike(YES_OR_NO), { enum: [0, 1] }])
    case 'number':
      return replace(json, [{ ...json }, textLike(NUMBER)])
    case 'string':
    case 'literal':
    case 'enum':
      if (json.pattern === undefined && json.enum === undefined && json.const === undefined) {
        json.type = ['string', 'number', 'boolean'] as unknown as 'string'
        return undefined
      }
      return loosenPattern(json)
    case 'object':
      return loosenObject(schema as z.ZodObject, json)
    case 'record':
      delete json.propertyNames
      return undefined
    default:
      return undefined
  }
}

const textLike = (pattern?: string): Json => ({
  type: 'string',
  pattern: pattern === undefined ? REFERENCE : `${pattern}|${REFERENCE}`,
})

/** A checked text; `also` is what else its metadata allows. */
function loosenPattern(json: Json): void {
  const { also, title: _, description: __, ...rest } = json
  replace(json, [rest, textLike(), ...(typeof also === 'object' ? [also as Json] : [])])
}

function replace(json: Json, anyOf: Json[]): void {
  const { title, description } = json
  for (const key of Object.keys(json)) delete json[key]
  Object.assign(json, title && { title }, description && { description }, { anyOf })
}

/** Other spellings of a key, and empty values, which count as absent. */
function loosenObject(schema: z.ZodObject, json: Json): void {
  delete json.additionalProperties
  const properties = json.properties ?? {}
  for (const [name, field] of Object.entries(schema.shape)) {
    const property = properties[name]
    if (typeof property !== 'object') continue
    const aliases = aliasesOf(field as z.ZodType)
    delete property['aliases']
    if (json.required?.includes(name) !== true) allowNull(property)
    for (const alias of aliases) properties[alias] = property
    if (aliases.length > 0) json.required = (json.required ?? []).filter((key) => key !== name)
  }
  if (json.required?.length === 0) delete json.required
}

function allowNull(json: Json): void {
  if (json.anyOf !== undefined) json.anyOf.push({ type: 'null' })
  else if (json.type !== undefined) {
    const types = [json.type].flat()
    json.type = [...new Set([...types, 'null'])] as unknown as 'null'
  }
}

/** The blocks of a level with their options; others are only warned about. */
function setMiddleware(json: Json, level: Level): void {
  const keys = level === 'service' ? 'any case' : 'exact'
  const known = Object.entries(blocks[level]).map(([key, { options, summary }]) => {
    return [key, describe(toJson(options, keys), summary)] as const
  })
  const missing = Object.entries(unavailable).flatMap(([key, { levels }]) => {
    const options = levels[level]
    if (options === undefined) return []
    return [[key, describe(toJson(options, keys), 'Not in this version.')] as const]
  })
  const middleware = propertyOf(json, 'middleware')
  for (const key of ['additionalProperties', 'propertyNames', 'default']) delete middleware[key]
  middleware.properties = Object.fromEntries([...known, ...missing])
}

function describe(json: Json, description: string): Json {
  delete json.$schema
  allowNull(json)
  return { description, ...json }
}

function addIgnored(json: Json, keys: Readonly<Record<string, string>>): void {
  json.properties ??= {}
  for (const [key, instead] of Object.entries(keys)) {
    json.properties[key] = { description: `No effect here. ${instead}` }
  }
}

function propertyOf(json: Json, key: string): Json {
  const property = json.properties?.[key]
  if (typeof property !== 'object') throw new Error(`The schema has no property ${key}.`)
  return property
}

function itemsOf(json: Json, key: string): Json {
  const { items } = propertyOf(json, key)
  if (typeof items !== 'object' || Array.isArray(items)) throw new Error(`${key} is no list.`)
  return items
}
