import type * as z from 'zod'
import type { Fault, Place } from './diagnostics.ts'
import { reference } from './schema/scalars.ts'

/** How a file's keys are read, and where what is odd about them goes. */
export interface Dialect {
  /** System files: keys match without regard to case. API files: exactly. */
  readonly ignoresCase: boolean
  readonly report: (fault: Fault) => void
  /** Called for a key that the schema does not know; the key is dropped. */
  readonly onUnknownKey: (place: Place, known: readonly string[]) => void
}

/** For data that was checked before: nothing to say about keys. */
export const silent: Dialect = {
  ignoresCase: false,
  report: () => undefined,
  onUnknownKey: () => undefined,
}

/**
 * Brings data into the shape of a schema without judging it: keys get their proper spelling (`Host`, `maxRate`,
 * `TIMEOUT`), unknown ones are dropped, nulls count as absent, and scalars are read in the field's type (`"5"` as a
 * number, `yes` as a boolean, `1.10` as a text), as in the original's weakly typed decoding. An empty text in an
 * optional field counts as absent, as there.
 */
export function conform(
  schema: z.ZodType,
  value: unknown,
  place: Place,
  dialect: Dialect,
): unknown {
  const shape = shapeFor(schema, value)
  if (isPlainMap(value)) {
    if (is.object(shape)) return conformObject(shape, value, place, dialect)
    if (is.record(shape)) return conformRecord(shape, value, place, dialect)
    return value
  }
  if (Array.isArray(value)) {
    if (!is.array(shape)) return value
    const element = shape.element as z.ZodType
    return value.map((item: unknown, index) => conform(element, item, at(place, index), dialect))
  }
  return conformScalar(shape, value)
}

/** The place of an entry or key below a place. */
export const at = (place: Place, ...steps: readonly (string | number)[]): Place => ({
  file: place.file,
  path: [...place.path, ...steps],
})

export const isPlainMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const is = {
  object: (schema: z.ZodType): schema is z.ZodObject => schema.def.type === 'object',
  record: (schema: z.ZodType): schema is z.ZodRecord => schema.def.type === 'record',
  array: (schema: z.ZodType): schema is z.ZodArray => schema.def.type === 'array',
}

/** The schema under its wrappers (optional, default, transform) that fits a value; of a union the fitting branch. */
function shapeFor(schema: z.ZodType, value: unknown): z.ZodType {
  const { def } = schema as unknown as { readonly def: AnyDef }
  if (def.innerType !== undefined) return shapeFor(def.innerType, value)
  if (def.type === 'pipe' && def.in !== undefined) return shapeFor(def.in, value)
  if (def.type !== 'union' || def.options === undefined) return schema
  const wanted = Array.isArray(value) ? ['array'] : isPlainMap(value) ? ['object', 'record'] : null
  const branches = def.options
    .filter((option) => option !== reference)
    .map((option) => shapeFor(option, value))
  const fits = ({ def: { type } }: z.ZodType) =>
    wanted === null ? !['array', 'object', 'record'].includes(type) : wanted.includes(type)
  return branches.find(fits) ?? schema
}

/** The parts of zod's definitions that wrap other schemas. */
interface AnyDef {
  readonly type: string
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly options?: readonly z.ZodType[]
}

function conformObject(
  schema: z.ZodObject,
  value: Readonly<Record<string, unknown>>,
  place: Place,
  dialect: Dialect,
): unknown {
  const known = Object.keys(schema.shape)
  const entries = new Map<string, unknown>()
  for (const [key, item] of Object.entries(value)) {
    const name = properKey(schema, key, dialect.ignoresCase)
    if (name === undefined) {
      dialect.onUnknownKey({ ...at(place, key), isKey: true }, known)
      continue
    }
    if (entries.has(name)) dialect.report(repeated(at(place, key), key, name))
    const field = schema.shape[name] as z.ZodType
    if (item === null || (item === '' && isOptional(field))) continue
    entries.set(name, conform(field, item, at(place, name), dialect))
  }
  return Object.fromEntries(entries)
}

function conformRecord(
  schema: z.ZodRecord,
  value: Readonly<Record<string, unknown>>,
  place: Place,
  dialect: Dialect,
): unknown {
  const item = schema.valueType as z.ZodType
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, conform(item, entry, at(place, key), dialect)]),
  )
}

/** A field's other spellings are in its metadata, so that the editors' schemas know them as well. */
export function aliasesOf(schema: z.ZodType): readonly string[] {
  const aliases = schema.meta()?.['aliases']
  return Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === 'string') : []
}

function properKey(schema: z.ZodObject, key: string, ignoresCase: boolean): string | undefined {
  if (Object.hasOwn(schema.shape, key)) return key
  const fields = Object.entries(schema.shape) as [string, z.ZodType][]
  const same = (name: string) =>
    name === key || (ignoresCase && name.toLowerCase() === key.toLowerCase())
  return fields.find(([name, field]) => [name, ...aliasesOf(field)].some(same))?.[0]
}

const isOptional = (schema: z.ZodType) =>
  ['optional', 'default', 'prefault'].includes(schema.def.type)

function repeated(place: Place, key: string, name: string): Fault {
  return {
    severity: 'warning',
    message: `"${key}" is another spelling of "${name}", which is given already.`,
    hint: 'Keep one of them; the last one counts.',
    place: { ...place, isKey: true },
  }
}

function conformScalar(schema: z.ZodType, value: unknown): unknown {
  switch (schema.def.type) {
    case 'boolean':
      return flags.get(String(value).toLowerCase()) ?? value
    case 'number':
      return typeof value === 'string' ? (numberIn(value) ?? value) : value
    case 'string':
    case 'enum':
    case 'literal':
      return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    default:
      return value
  }
}

/** YAML 1.1's spellings, and the 0 and 1 of weakly typed decoding. */
const flags: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', 'n', '0'].map((word) => [word, false] as const),
])

/** `5`, `-0.5`, `1e3`, `0x1F`, `0o17` and YAML 1.1's `1_000`; undefined for everything else. */
function numberIn(text: string): number | undefined {
  const digits = text.trim().replaceAll('_', '')
  const number = digits === '' ? Number.NaN : Number(digits)
  return Number.isFinite(number) ? number : undefined
}
