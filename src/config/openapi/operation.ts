import { isPlainMap } from '../conform.ts'
import { err, ok, type Result } from '../../lib/result.ts'

type Data = Readonly<Record<string, unknown>>

/** An operation with the parameters of its path, references to shared parts resolved. */
export interface Operation {
  readonly parameters: readonly Data[]
  /** Schema of a JSON body; undefined when the operation takes none. */
  readonly body: Data | undefined
  readonly isBodyRequired: boolean
  /** Takes bodies of other types alone, which no schema describes. */
  readonly hasOtherBody: boolean
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options']

/**
 * Finds an operation of an OpenAPI 3.x or Swagger 2.0 document by its `operationId`, or by method and path (`POST /ns`,
 * with or without the base path of Swagger 2). The error says what is wrong, in words that follow "operation".
 */
export function findOperation(spec: unknown, wanted: string): Result<Operation, string> {
  const paths = isPlainMap(spec) ? spec['paths'] : undefined
  if (!isPlainMap(spec) || !isPlainMap(paths))
    return err('can not be found: the file has no "paths"')
  const all = Object.entries(paths).flatMap(([path, item]) =>
    isPlainMap(item) ? operationsOf(path, item) : [],
  )
  const base = typeof spec['basePath'] === 'string' ? spec['basePath'].replace(/\/$/, '') : ''
  const [found, ...others] = all.filter(({ id, name, method, path }) =>
    [id, name, `${method} ${base}${path}`].includes(wanted),
  )
  if (found === undefined) return err('is not in the file')
  if (others.length > 0) return err('is there more than once; name it by method and path')
  return ok(describe(spec, found))
}

interface Found {
  readonly id: unknown
  readonly name: string
  readonly method: string
  readonly path: string
  readonly operation: Data
  readonly shared: unknown
}

const operationsOf = (path: string, item: Data): readonly Found[] =>
  METHODS.flatMap((key) => {
    const operation = item[key]
    if (!isPlainMap(operation)) return []
    const method = key.toUpperCase()
    const name = `${method} ${path}`
    return [
      { id: operation['operationId'], name, method, path, operation, shared: item['parameters'] },
    ]
  })

function describe(spec: Data, { operation, shared }: Found): Operation {
  const parameters = [...listOf(shared), ...listOf(operation['parameters'])]
    .map((parameter) => resolve(spec, parameter))
    .filter(isPlainMap)
  // What the operation says of a parameter counts more than what its path says.
  const byPlace = new Map(
    parameters.map((one) => [`${String(one['in'])} ${String(one['name'])}`, one]),
  )
  const unique = [...byPlace.values()]
  const inBody = unique.find((one) => one['in'] === 'body')
  if (inBody !== undefined) {
    const schema = inBody['schema']
    return {
      parameters: unique,
      body: isPlainMap(schema) ? schema : undefined,
      isBodyRequired: inBody['required'] === true,
      hasOtherBody: false,
    }
  }
  const body = resolve(spec, operation['requestBody'])
  const content = isPlainMap(body) ? body['content'] : undefined
  const json = isPlainMap(content) ? schemaOfJson(content) : undefined
  return {
    parameters: unique,
    body: json,
    isBodyRequired: isPlainMap(body) && body['required'] === true,
    hasOtherBody:
      (isPlainMap(content) && json === undefined) || unique.some((one) => one['in'] === 'formData'),
  }
}

function schemaOfJson(content: Data): Data | undefined {
  const [, media] =
    Object.entries(content).find(([type]) =>
      /^(?:application\/(?:.+\+)?json|\*\/\*)/i.test(type),
    ) ?? []
  const schema = isPlainMap(media) ? media['schema'] : undefined
  return isPlainMap(schema) ? schema : undefined
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Follows references inside the document; what leads nowhere or in a circle is undefined. */
export function resolve(spec: Data, value: unknown, hops = 10): unknown {
  const reference = isPlainMap(value) ? value['$ref'] : undefined
  if (typeof reference !== 'string') return value
  if (!reference.startsWith('#/') || hops === 0) return undefined
  const target = reference
    .slice(2)
    .split('/')
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (part, step) => (isPlainMap(part) && Object.hasOwn(part, step) ? part[step] : undefined),
      spec,
    )
  return resolve(spec, target, hops - 1)
}
