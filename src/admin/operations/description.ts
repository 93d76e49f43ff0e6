import * as z from 'zod'
import { ok } from '../../lib/result.ts'
import { openApi } from '../openapi.ts'
import { operation, type Operation } from '../operation.ts'

/** The operation that describes the others, and itself. */
export function describeOperation(others: readonly Operation[]): Operation {
  const own: Operation = operation({
    id: 'describe',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description.',
    access: 'public',
    answers: {
      200: {
        description: 'An OpenAPI 3.1 document.',
        schema: z.looseObject({ openapi: z.string() }),
      },
    },
    handle: async () => ok({ status: 200, body: openApi([own, ...others]) }),
  })
  return own
}
