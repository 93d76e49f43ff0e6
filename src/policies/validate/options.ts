import * as z from 'zod'
import { flag, size } from '../../http/options.ts'
import { type JsonSchema, surveySchema } from './schema-survey.ts'

const MIB = 2 ** 20
const PLACES = ['path', 'query', 'header'] as const

const schema = z.record(z.string(), z.unknown()).superRefine((given, context) => {
  const [fault] = surveySchema(given).faults
  if (fault !== undefined)
    context.addIssue({ code: 'custom', message: `can not be used: ${fault}` })
})

const parameter = z.object({
  name: z.string().describe('Its name.'),
  in: z.enum(PLACES).describe('Where it stands: path, query or header.'),
  required: flag('Whether it must be there.'),
  list: flag('Whether it may stand in a query several times, or hold values with commas between.'),
  schema: schema.describe('JSON Schema of its value; texts are read in its `type`.'),
})

/** The YAML of `mw-validate`. */
export const validateOptions = z.object({
  openapi: z
    .string()
    .nullish()
    .refine((value) => value === null || value === undefined, {
      message:
        'is read from disk, where the command line finds it; write "body" and "parameters" here',
    })
    .describe(
      'File in `openapi/` beside `apis/` (OpenAPI 3 or Swagger 2, YAML or JSON), read when the configuration is loaded.',
    ),
  operation: z
    .string()
    .nullish()
    .describe('Operation of that file: its `operationId`, or method and path, `POST /ns/{nsId}`.'),
  source: z.string().nullish().describe('Where the rest comes from, for `explain`.'),
  body: schema
    .nullish()
    .transform((value): JsonSchema | undefined => value ?? undefined)
    .describe(
      'JSON Schema (2020-12, or as `$schema` says) of the request body, which must be JSON.',
    ),
  body_required: flag('Whether there must be a body.'),
  parameters: z
    .array(parameter)
    .nullish()
    .transform((value) => value ?? [])
    .describe('Parameters that are looked at; others pass.'),
  max_size: size('Largest body, which is buffered to be looked at; larger ones get 413.', MIB),
})

export type ValidateOptions = z.output<typeof validateOptions>
export type Parameter = ValidateOptions['parameters'][number]
