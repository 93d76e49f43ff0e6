type Json = Readonly<Record<string, unknown>>

/** The keywords that our schemas use (JSON Schema draft 7); returns where the data does not fit, or undefined. */
export function misfit(schema: object, data: unknown, path = '$'): string | undefined {
  const known = ['$schema', 'title', 'description', 'default']
  for (const [keyword, rule] of Object.entries(schema)) {
    if (known.includes(keyword)) continue
    const check = KEYWORDS[keyword]
    if (check === undefined) throw new Error(`Unknown keyword ${keyword} at ${path}.`)
    const found = check(rule, data, path)
    if (found !== undefined) return found
  }
  return undefined
}

const isMap = (data: unknown): data is Json =>
  typeof data === 'object' && data !== null && !Array.isArray(data)

function typeOf(data: unknown): readonly string[] {
  if (data === null) return ['null']
  if (Array.isArray(data)) return ['array']
  if (typeof data === 'number') return Number.isInteger(data) ? ['integer', 'number'] : ['number']
  return [typeof data]
}

type Check = (rule: unknown, data: unknown, path: string) => string | undefined
const unless = (isGood: boolean, path: string) => (isGood ? undefined : path)

const KEYWORDS: Readonly<Record<string, Check>> = {
  type: (rule, data, path) =>
    unless(
      [rule].flat().some((type) => typeOf(data).includes(String(type))),
      path,
    ),
  enum: (rule, data, path) => unless((rule as readonly unknown[]).includes(data), path),
  const: (rule, data, path) => unless(rule === data, path),
  pattern: (rule, data, path) =>
    unless(typeof data !== 'string' || new RegExp(String(rule), 'u').test(data), path),
  minimum: (rule, data, path) => unless(typeof data !== 'number' || data >= Number(rule), path),
  maximum: (rule, data, path) => unless(typeof data !== 'number' || data <= Number(rule), path),
  minLength: (rule, data, path) =>
    unless(typeof data !== 'string' || data.length >= Number(rule), path),
  minItems: (rule, data, path) => unless(!Array.isArray(data) || data.length >= Number(rule), path),
  required: (rule, data, path) =>
    unless(
      !isMap(data) || (rule as readonly string[]).every((key) => Object.hasOwn(data, key)),
      path,
    ),
  anyOf: (rule, data, path) =>
    unless(
      (rule as readonly Json[]).some((branch) => misfit(branch, data, path) === undefined),
      path,
    ),
  items: (rule, data, path) =>
    Array.isArray(data)
      ? data
          .map((item, index) => misfit(rule as Json, item, `${path}[${index}]`))
          .find((found) => found !== undefined)
      : undefined,
  properties: (rule, data, path) =>
    isMap(data)
      ? Object.entries(rule as Readonly<Record<string, Json>>)
          .filter(([key]) => Object.hasOwn(data, key))
          .map(([key, property]) => misfit(property, data[key], `${path}.${key}`))
          .find((found) => found !== undefined)
      : undefined,
  additionalProperties: (rule, data, path) =>
    isMap(data) && isMap(rule)
      ? Object.entries(data)
          .map(([key, item]) => misfit(rule, item, `${path}.${key}`))
          .find((found) => found !== undefined)
      : undefined,
}
