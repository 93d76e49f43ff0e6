import * as z from 'zod'
import { err, ok, type Result } from '../../lib/result.ts'
import { explain } from '../../plan/explain.ts'
import type { Plan, Route } from '../../plan/types.ts'
import type { AdminHost } from '../host.ts'
import { operation, type Operation } from '../operation.ts'
import type { Refusal } from '../refusal.ts'
import { MAY } from '../roles.ts'

const routeView = z.object({
  name: z.string(),
  method: z.string().describe('`*` for a bypass.'),
  path: z.string(),
  file: z.string(),
  upstreams: z.array(z.string()).describe('What it calls, in order.'),
  sequential: z.boolean(),
  policies: z.array(z.string()),
  timeoutMs: z.number(),
})

/** What the gateway that answers serves at this moment. */
export const routeOperations: readonly Operation[] = [
  operation({
    id: 'listRoutes',
    method: 'GET',
    path: '/routes',
    summary: 'Lists the routes that this gateway serves.',
    access: MAY.read,
    answers: {
      200: {
        description: 'Routes in the order of the files.',
        schema: z.object({ snapshot: z.string(), items: z.array(routeView) }),
      },
    },
    handle: async ({ host }) => {
      const plan = live(host)
      if (!plan.ok) return plan
      const { version, routes } = plan.value
      return ok({ status: 200, body: { snapshot: version, items: routes.map(showRoute) } })
    },
  }),
  operation({
    id: 'explain',
    method: 'GET',
    path: '/explain',
    summary: 'Says which route takes a request, why, and what would be called. Nothing is called.',
    access: MAY.read,
    query: z.object({
      method: z
        .string()
        .regex(/^[A-Za-z]+$/)
        .transform((text) => text.toUpperCase())
        .meta({ type: 'string' }),
      path: z.string().startsWith('/').describe('Perhaps with a query.'),
    }),
    answers: {
      200: {
        description: 'The explanation; credentials and values of `${NAME}`s are not in it.',
        schema: z.looseObject({ outcome: z.string() }),
      },
    },
    handle: async ({ host, query }) => {
      const plan = live(host)
      return plan.ok ? ok({ status: 200, body: explain(plan.value, query) }) : plan
    },
  }),
]

function live({ livePlan }: AdminHost): Result<Plan, Refusal> {
  const plan = livePlan()
  return plan === undefined ? err({ kind: 'not-ready' }) : ok(plan)
}

const showRoute = (route: Route): z.output<typeof routeView> => ({
  name: route.name,
  method: route.method,
  path: route.shownPath ?? route.path,
  file: route.place.file,
  upstreams: route.backends.map(({ name }) => name),
  sequential: route.isSequential,
  policies: route.policies.map(({ key }) => key),
  timeoutMs: route.timeoutMs,
})
