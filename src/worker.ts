import { env, WorkerEntrypoint } from 'cloudflare:workers'
import plan from '#plan'
import { createLive } from './gateway/live.ts'
import { addressSource } from './http/address.ts'
import type { Plan } from './plan/types.ts'
import { createTelemetry } from './telemetry/telemetry.ts'

export { Metrics } from './objects/metrics/object.ts'

/** The composition root: bindings of the host become ports of the core; nothing else sees `env`. */
const bindings: Readonly<Record<string, unknown>> = { ...env }

const text = (name: string): string | undefined => {
  const value = bindings[name]
  return typeof value === 'string' ? value : undefined
}

const live = createLive({
  addressSource: addressSource(text('CLIENT_ADDRESS')),
  metricsToken: text('METRICS_TOKEN'),
  ports: {
    fetch: (outbound, binding) =>
      binding === undefined
        ? fetch(outbound.url, outbound)
        : fetcher(binding).fetch(outbound.url, outbound),
    secret: text,
    now: Date.now,
    telemetry: createTelemetry({ metrics: env.METRICS, now: Date.now, write: console.log }),
  },
})
const started = live.swap(plan)
if (!started.ok) console.error(started.error.map(({ message }) => message).join('\n'))

export default {
  fetch: (request, _env, context) => live.fetch(request, context),
} satisfies ExportedHandler

/** The private door through which a running gateway gets its next plan; closed without `LIVE_SWAP_SECRET`. */
export class LiveSwap extends WorkerEntrypoint {
  override async fetch(request: Request): Promise<Response> {
    const secret = text('LIVE_SWAP_SECRET')
    if (secret === undefined) return new Response(null, { status: 404 })
    if (request.headers.get('authorization') !== `Bearer ${secret}`) {
      return new Response(null, { status: 401 })
    }
    const next = await request.json<{ plan: Plan; values?: Record<string, string> }>()
    const swapped = live.swap(next.plan, next.values)
    return swapped.ok
      ? Response.json({ version: swapped.value })
      : Response.json({ faults: swapped.error }, { status: 422 })
  }
}

function fetcher(name: string): Fetcher {
  const binding = bindings[name]
  if (typeof binding === 'object' && binding !== null && 'fetch' in binding)
    return binding as Fetcher
  throw new Error(`no binding named ${name}`)
}
