import * as z from 'zod'
import { ok } from '../../lib/result.ts'
import { summarize } from '../../telemetry/summary.ts'
import { operation, type Operation } from '../operation.ts'
import { MAY } from '../roles.ts'

const summed = z.object({
  name: z.string(),
  count: z.number(),
  statuses: z
    .record(z.string(), z.number())
    .describe('By the first digit of the status, `2xx`; `0xx` had no answer.'),
  p50Ms: z
    .number()
    .nullable()
    .describe('Half were no slower than this, in milliseconds; `null`: slower than is measured.'),
  p95Ms: z.number().nullable(),
})

/** What the counters say, summed. */
export const metricsOperations: readonly Operation[] = [
  operation({
    id: 'summarizeMetrics',
    method: 'GET',
    path: '/metrics',
    summary:
      'Requests by route and calls by upstream, over all isolates; `/__metrics` has the rest.',
    access: MAY.read,
    answers: {
      200: {
        description: 'Busiest first.',
        schema: z.object({ routes: z.array(summed), upstreams: z.array(summed) }),
      },
    },
    handle: async ({ host, exchange }) => {
      const totals = await host.gateway.ports.telemetry.totals(exchange.later)
      return ok({ status: 200, body: summarize(totals) })
    },
  }),
]
