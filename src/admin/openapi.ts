import * as z from 'zod'
import { VERSION } from '../lib/version.ts'
import type { Answer, Operation } from './operation.ts'

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of a table of operations. */
export function openApi(operations: readonly Operation[]): Json {
  const paths = Map.groupBy(operations, ({ path }) => path)
  return {
    openapi: '3.1.0',
    info: {
      title: 'CB-Bridge Admin API',
      version: VERSION,
      description:
        'A revision is an `ETag`. A change needs `If-Match` with it, or `If-None-Match: *` to create (428 without, 412 ' +
        "when stale, 409 for another owner's upstream). Lists come in parts by cursor. Refusals are " +
        '`application/problem+json` (RFC 9457).',
    },
    servers: [{ url: '/__admin/api' }],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A session, or an API token.' },
        bootstrap: { type: 'http', scheme: 'bearer', description: 'The bootstrap token.' },
      },
      schemas: { Problem: toSchema(problem) },
      responses: {
        Problem: {
          description: 'Why not.',
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      },
    },
    paths: Object.fromEntries(
      [...paths].map(([path, own]) => [
        path,
        Object.fromEntries(
          own.map((operation) => [operation.method.toLowerCase(), describe(operation)]),
        ),
      ]),
    ),
  }
}

const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  request_id: z.string(),
  diagnostics: z
    .array(z.looseObject({ file: z.string(), line: z.int(), column: z.int(), message: z.string() }))
    .optional()
    .describe('What is wrong with a configuration, as `cb-bridge check` tells it.'),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('What is wrong with a body or a query.'),
})

function describe(operation: Operation): Json {
  const { id, summary, access, body } = operation
  const isGuarded = access !== 'public'
  return {
    operationId: id,
    summary,
    ...(typeof access === 'object' && { 'x-roles': access }),
    security: isGuarded ? [{ [access === 'bootstrap' ? 'bootstrap' : 'bearer']: [] }] : [],
    parameters: parametersOf(operation),
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          body.types.map((type) => [
            type,
            { schema: type === 'application/yaml' ? { type: 'string' } : toSchema(body.schema) },
          ]),
        ),
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, answer]) => [status, toResponse(answer)]),
      ),
      ...Object.fromEntries(
        refusalsOf(operation).map((status) => [status, { $ref: '#/components/responses/Problem' }]),
      ),
    },
  }
}

function parametersOf({ path, query, needs }: Operation): readonly Json[] {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name)
  const fields = Object.entries(query?.shape ?? {}) as readonly (readonly [string, z.ZodType])[]
  const preconditions =
    needs === undefined
      ? []
      : [
          header('If-Match', 'The `ETag` of what was read.'),
          header('If-None-Match', '`*`: it must not be there.'),
        ]
  return [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...fields.map(([name, field]) => ({
      name,
      in: 'query',
      required: !field.safeParse(undefined).success,
      schema: toSchema(field),
    })),
    ...preconditions,
  ]
}

const header = (name: string, description: string): Json => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
})

function toResponse({ description, schema, type = 'application/json', hasRevision }: Answer): Json {
  const content = schema === undefined && type === 'application/json' ? undefined : type
  return {
    description,
    ...(hasRevision === true && {
      headers: { ETag: { description: 'The revision.', schema: { type: 'string' } } },
    }),
    ...(content !== undefined && {
      content: {
        [content]: { schema: schema === undefined ? { type: 'string' } : toSchema(schema) },
      },
    }),
  }
}

/** Those that follow from what an operation needs, and its own. */
function refusalsOf({ access, body, query, needs, refuses = [] }: Operation): readonly number[] {
  const isChecked = body !== undefined || query !== undefined || needs !== undefined
  const all = [
    ...(isChecked ? [400] : []),
    ...(access === 'public' ? [] : [401]),
    ...(typeof access === 'object' ? [403] : []),
    ...(body === undefined ? [] : [413]),
    ...(needs === undefined ? [] : [412, 428]),
    500,
    503,
    ...refuses,
  ]
  return [...new Set(all)].toSorted((a, b) => a - b)
}

/** Bodies as they are sent and answered: what is optional or has a default need not be there. */
function toSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}
