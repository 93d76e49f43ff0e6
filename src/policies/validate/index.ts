import type { Context } from 'hono'
import type { GatewayEnv } from '../../http/context.ts'
import type { Failure } from '../../http/failure.ts'
import type { Installation } from '../../http/installation.ts'
import { isJson } from '../../http/media-type.ts'
import { refuse } from '../../http/refuse.ts'
import { isDeeperThan } from '../../lib/json-depth.ts'
import { repeatedKey } from '../../lib/json-keys.ts'
import { definePolicy, type Remark } from '../policy.ts'
import { validateOptions, type ValidateOptions } from './options.ts'
import { createParameterCheck } from './parameters.ts'
import { createCheck, isRisky } from './schema.ts'
import { type JsonSchema, surveySchema } from './schema-survey.ts'

/** Deeper bodies are no data of an API, and would exhaust the stack of whoever looks at them. */
const MOST_DEPTH = 100

/**
 * Judges parameters and body by JSON Schema before they reach an upstream. Whatever cannot be judged (a body that is no
 * JSON, compressed, too deep, or says a key twice) does not pass.
 */
export const validate = definePolicy({
  summary: 'Lets requests pass that fit a JSON Schema or an operation of an OpenAPI file.',
  level: 'endpoint',
  options: validateOptions,
  shows: ['source'],
  remarks: ({ body, parameters }) => [
    ...remarksOn(body ?? {}, 'body'),
    ...parameters.flatMap(({ schema }) => remarksOn(schema, 'parameters')),
  ],
  build: (options, { bufferBody }) => {
    const faultOfParameters = createParameterCheck(options.parameters)
    const faultOfBody = createBodyCheck(options, bufferBody)
    return async (c, next) => {
      const wrong = faultOfParameters(c.get('exchange'))
      if (wrong !== undefined) return refuse(c, { kind: 'bad-parameter', reason: wrong })
      const fault = await faultOfBody?.(c)
      return fault === undefined ? next() : refuse(c, fault)
    }
  },
})

function remarksOn(schema: JsonSchema, key: 'body' | 'parameters'): readonly Remark[] {
  const { patterns, unknown } = surveySchema(schema)
  return [
    ...patterns.filter(isRisky).map((pattern) => ({
      key,
      message: `The pattern "${pattern}" repeats what repeats; some texts would take very long.`,
      hint: 'Write it without a repetition inside a repetition.',
    })),
    ...unknown.map((keyword) => ({
      key,
      message: `"${keyword}" is no keyword of JSON Schema and judges nothing.`,
      hint: 'Look for its spelling; names of properties belong below "properties".',
    })),
  ]
}

type FaultOfBody = (c: Context<GatewayEnv>) => Promise<Failure | undefined>

function createBodyCheck(
  { body: schema, body_required: isRequired, max_size: maxBytes }: ValidateOptions,
  bufferBody: Installation['bufferBody'],
): FaultOfBody | undefined {
  if (schema === undefined) return undefined
  const check = createCheck(schema)
  return async (c) => {
    const { method, sent } = c.get('exchange')
    // Bodies of these go nowhere.
    if (method === 'GET' || method === 'HEAD') return undefined
    const coding = sent.get('content-encoding') ?? 'identity'
    if (coding.toLowerCase() !== 'identity')
      return unsupported('A compressed body can not be judged.')
    const body = await bufferBody(c, maxBytes)
    if (!body.ok) return body.error
    const bytes = new Uint8Array(body.value ?? new ArrayBuffer(0))
    if (bytes.length === 0) return isRequired ? bad('A body is needed.') : undefined
    if (!isJson(sent.get('content-type'))) return unsupported('The body must be application/json.')
    if (isDeeperThan(MOST_DEPTH, bytes))
      return bad(`The body nests deeper than ${MOST_DEPTH} levels.`)
    return judge(bytes, check)
  }
}

function judge(bytes: Uint8Array, check: ReturnType<typeof createCheck>): Failure | undefined {
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    value = JSON.parse(text)
  } catch {
    return bad('The body is no JSON.')
  }
  const repeated = repeatedKey(text)
  if (repeated !== undefined)
    return bad(`The key ${JSON.stringify(repeated)} stands twice in an object.`)
  const checked = check(value)
  return checked.ok ? undefined : bad(`The body is wrong at ${checked.error}`)
}

const bad = (reason: string): Failure => ({ kind: 'bad-body', reason })
const unsupported = (reason: string): Failure => ({ kind: 'unsupported-body', reason })
