import { at, isPlainMap } from '../conform.ts'
import type { Fault, Place } from '../diagnostics.ts'
import { hasReference } from '../references.ts'
import { findOperation, type Operation } from './operation.ts'
import { standaloneSchema } from './schema.ts'
import type { Specs } from './specs.ts'

type Data = Readonly<Record<string, unknown>>

/** How a configuration is read, as far as it matters here. */
interface Reading {
  readonly report: (fault: Fault) => void
  /** Absent where there are no files beside the configuration. */
  readonly specs?: Specs
}

/**
 * Puts the schemas of an OpenAPI operation into a `mw-validate` block that names one, so that the document stands alone
 * and nothing is read when requests come.
 */
export function prepareValidation(block: Data, place: Place, { report, specs }: Reading): Data {
  const { openapi: file, operation: name, ...rest } = block
  if (specs === undefined || typeof file !== 'string') return block
  const error = (key: string, message: string, hint: string) => {
    report({ severity: 'error', message, hint, place: at(place, key) })
    return rest
  }
  if (hasReference(file))
    return error('openapi', 'The file must be named, not referred to.', FILE_HINT)
  const spec = specs(file)
  if (!isPlainMap(spec))
    return error('openapi', 'There is no such file that can be read.', FILE_HINT)
  if (typeof name !== 'string') return error('openapi', 'The operation is missing.', NAME_HINT)
  const found = findOperation(spec, name)
  if (!found.ok) return error('operation', `The operation ${found.error}.`, NAME_HINT)
  for (const complaint of unchecked(found.value)) {
    report({ severity: 'warning', ...complaint, place: at(place, 'operation') })
  }
  return { source: `${file} ${name}`, ...toOptions(spec, found.value), ...rest }
}

const FILE_HINT = 'Put it into the directory "openapi" beside "apis", and name it by its file name.'
const NAME_HINT = 'Write its operationId, or method and path: POST /ns/{nsId}.'

function toOptions(spec: Data, { body, isBodyRequired, parameters }: Operation): Data {
  return {
    ...(body !== undefined && {
      body: standaloneSchema(spec, body),
      body_required: isBodyRequired,
    }),
    parameters: parameters.filter(isCheckable).map((parameter) => toParameter(spec, parameter)),
  }
}

const PLACES = ['path', 'query', 'header']
/** OpenAPI 3 says that definitions of these are ignored. */
const STANDARD_HEADERS = ['accept', 'content-type', 'authorization']

const isCheckable = ({ in: place, name }: Data): boolean =>
  PLACES.includes(String(place)) &&
  !(place === 'header' && STANDARD_HEADERS.includes(String(name).toLowerCase()))

function toParameter(spec: Data, parameter: Data): Data {
  const { name, in: place, required } = parameter
  // In Swagger 2 the parameter itself says what a schema says elsewhere.
  const {
    name: _,
    in: __,
    required: ___,
    collectionFormat: ____,
    schema: own,
    ...plain
  } = parameter
  const schema = standaloneSchema(spec, isPlainMap(own) ? own : plain)
  return { name, in: place, required: required === true, list: schema['type'] === 'array', schema }
}

function unchecked({ parameters, hasOtherBody }: Operation) {
  const cookies = parameters.filter(({ in: place }) => place === 'cookie')
  return [
    ...cookies.map(({ name }) => ({
      message: `The cookie "${String(name)}" is not checked.`,
      hint: 'Parameters of path, query and header are.',
    })),
    ...(hasOtherBody
      ? [
          {
            message: 'Its body is not JSON and is not checked.',
            hint: 'Limit it with mw-bodylimit.',
          },
        ]
      : []),
  ]
}
