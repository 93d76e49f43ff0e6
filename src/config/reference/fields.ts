import type * as z from 'zod'
import { aliasesOf } from '../conform.ts'
import { reference } from '../schema/scalars.ts'

/** One line of a reference table. */
export interface Field {
  /** `ready.path`, `targets[].url`, `upstreams.<name>.binding`. */
  readonly key: string
  readonly type: string
  /** As it would be written in YAML; empty when there is none. */
  readonly initial: string
  readonly isRequired: boolean
  readonly meaning: string
  readonly aliases: readonly string[]
}

/** The fields of a schema in order, those of nested maps and lists behind their parents. */
export function fieldsOf(schema: z.ZodObject, prefix = ''): readonly Field[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const type = field as z.ZodType
    const key = prefix + name
    return [describe(type, key), ...nested(type, key)]
  })
}

function describe(schema: z.ZodType, key: string): Field {
  // An exact optional refuses an undefined value, as it allows the key alone to be absent.
  const empty = schema.def.type === 'optional' ? undefined : schema.safeParse(undefined)
  const type = typeName(schema)
  return {
    key,
    type,
    initial: empty?.success === true ? print(empty.data, type) : '',
    isRequired: empty?.success === false,
    meaning: schema.description ?? '',
    aliases: aliasesOf(schema),
  }
}

function nested(schema: z.ZodType, key: string): readonly Field[] {
  const bare = unwrap(schema)
  const { def } = bare
  if (def.type === 'object') return fieldsOf(bare as z.ZodObject, `${key}.`)
  if (def.type === 'array') return nested((bare as z.ZodArray).element as z.ZodType, `${key}[]`)
  if (def.type === 'record') {
    return nested((bare as z.ZodRecord).valueType as z.ZodType, `${key}.<name>`)
  }
  return def.type === 'union' ? branches(bare).flatMap((branch) => nested(branch, key)) : []
}

/** What a value looks like, in a word or two; references are possible everywhere and not mentioned. */
function typeName(schema: z.ZodType): string {
  const title = schema.meta()?.title
  if (title !== undefined) return title
  const inner = step(schema)
  if (inner !== undefined) return typeName(inner)
  const { type } = schema.def
  if (type === 'union') return unionName(schema)
  if (type === 'array') return `list of ${typeName((schema as z.ZodArray).element as z.ZodType)}`
  if (type === 'record') {
    const value = typeName((schema as z.ZodRecord).valueType as z.ZodType)
    return value === 'map' ? value : `map of ${value}`
  }
  if (type === 'number') return (schema as z.ZodNumber).isInt ? 'whole number' : 'number'
  return NAMES[type] ?? type
}

const NAMES: Readonly<Record<string, string>> = {
  object: 'map',
  string: 'text',
  unknown: 'map',
}

/** Texts beside something stricter are other spellings of it (`"yes"`, `"a,b"`). */
function unionName(schema: z.ZodType): string {
  const names = [...new Set(branches(schema).map(typeName))].filter((name) => name !== 'literal')
  const strict = names.filter((name) => name !== 'text')
  return (strict.length > 0 ? strict : names).join(' or ')
}

interface AnyDef {
  readonly type: string
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly options?: readonly z.ZodType[]
}

const defOf = (schema: z.ZodType): AnyDef => schema.def

function step(schema: z.ZodType): z.ZodType | undefined {
  const { type, innerType, in: input } = defOf(schema)
  return innerType ?? (type === 'pipe' ? input : undefined)
}

function unwrap(schema: z.ZodType): z.ZodType {
  const inner = step(schema)
  if (inner !== undefined) return unwrap(inner)
  const rest = schema.def.type === 'union' ? branches(schema) : []
  return rest.length === 1 && rest[0] !== undefined ? unwrap(rest[0]) : schema
}

const branches = (schema: z.ZodType): readonly z.ZodType[] =>
  (defOf(schema).options ?? []).filter((option) => option !== reference)

function print(value: unknown, type: string): string {
  if (type === 'size' && typeof value === 'number') return `${value / 2 ** 20}MiB`
  if (Array.isArray(value)) return value.length === 0 ? '' : `[${value.join(', ')}]`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? value || '""' : ''
}
