import * as z from 'zod'
import { policies } from '../../policies/index.ts'
import { transports } from '../../transports/index.ts'
import type { Fault, Place } from '../diagnostics.ts'
import { at } from '../conform.ts'
import { prepareValidation } from '../openapi/prepare.ts'
import type { Specs } from '../openapi/specs.ts'
import { flatmapOperation, usableOperations } from './flatmap.ts'
import { count, duration, flag, label, referable } from './scalars.ts'

/** Where a `mw-*` block may stand. */
export type Level = 'service' | 'endpoint' | 'backend'

/** A `mw-*` block that is known at a level. */
export interface Block {
  /** One sentence for the generated reference. */
  readonly summary: string
  readonly options: z.ZodObject
  /** Whether the block does nothing with these options; it is then left out with a notice. */
  readonly isOff?: (options: Readonly<Record<string, unknown>>) => boolean
  /** Why the block does nothing here; it is checked and then left out of the document. */
  readonly notice?: string
  /** Drops what the original ignores, and puts in what other files say, before the block is checked. */
  readonly prepare?: (
    block: Readonly<Record<string, unknown>>,
    place: Place,
    reading: { readonly report: (fault: Fault) => void; readonly specs?: Specs },
  ) => Readonly<Record<string, unknown>>
}

const flatmapFilter = () =>
  z
    .array(flatmapOperation)
    .exactOptional()
    .describe('Operations on the answer, in order; whitelist, blacklist and mapping are then off.')

const prepareProxy: NonNullable<Block['prepare']> = (block, place, { report }) => {
  const list = block['flatmap_filter']
  if (!Array.isArray(list)) return block
  return {
    ...block,
    flatmap_filter: usableOperations(list, at(place, 'flatmap_filter'), report),
  }
}

const influx = z.object({
  address: z.string().exactOptional().describe('Address of the database.'),
  database: z.string().exactOptional().describe('Name of the database.'),
  user_name: z.string().exactOptional().describe('User name.'),
  password: z.string().exactOptional().describe('Password.'),
  reporting_period: duration().exactOptional().describe('Time between two reports.'),
  buffer_size: count(0, 1_000_000_000).exactOptional().describe('Reports kept when one fails.'),
})

const layers = z.object({
  router: flag().exactOptional().describe('Spans of the endpoint.'),
  proxy: flag().exactOptional().describe('Spans of the calls together.'),
  backend: flag().exactOptional().describe('Spans of each call.'),
})

const jaeger = z.object({
  endpoint: z.string().exactOptional().describe('Address of the collector.'),
  service_name: z.string().exactOptional().describe('Name of this service in the traces.'),
})

const metrics: Block = {
  summary: 'Metrics for InfluxDB. Accepted; metrics are served at `/__metrics` instead.',
  notice: 'Metrics are served at /__metrics; no database is written to.',
  options: z.object({
    router_enabled: flag().exactOptional().describe('Measures the endpoints.'),
    proxy_enabled: flag().exactOptional().describe('Measures the calls together.'),
    backend_enabled: flag().exactOptional().describe('Measures each call.'),
    collection_period: duration().exactOptional().describe('Time between two snapshots.'),
    expose_metrics: flag().exactOptional().describe('Opens a second listener for metrics.'),
    listen_address: z.string().exactOptional().describe('Address of that listener.'),
    influxdb: influx.exactOptional().describe('The database.'),
  }),
}

const opencensus: Block = {
  summary: 'Tracing. Accepted; trace context is always propagated, spans are not exported.',
  notice: 'Trace context is always propagated; spans are not exported.',
  options: z.object({
    sample_rate: referable(z.number())
      .exactOptional()
      .describe('Share of the requests that are traced, in percent.'),
    reporting_period: duration().exactOptional().describe('Time between two reports.'),
    enabled_layers: layers.exactOptional().describe('What has spans of its own.'),
    exporters: z
      .object({ jaeger: jaeger.exactOptional().describe('The collector.') })
      .exactOptional()
      .describe('Where spans go.'),
  }),
}

const http: Block = {
  summary: 'Turns a failed call into an `error_<id>` object in the answer.',
  options: z.object({
    return_error_details: label().exactOptional().describe('The id; nothing is turned without it.'),
  }),
}

const endpointProxy: Block = {
  summary: 'How the backends of an endpoint are called, and what is done to the merged answer.',
  prepare: prepareProxy,
  options: z.object({
    sequential: flag()
      .default(false)
      .describe('Calls one backend after the other; later ones may use `{resp0_field}`.'),
    flatmap_filter: flatmapFilter(),
  }),
}

const backendProxy: Block = {
  summary: "What is done to one backend's answer.",
  prepare: prepareProxy,
  options: z.object({ flatmap_filter: flatmapFilter() }),
}

const PREPARATIONS = { 'mw-validate': prepareValidation }

/** Every known block by level and key: the registries of policies and transports, and what is part of the core. */
export const blocks: Readonly<Record<Level, Readonly<Record<string, Block>>>> = {
  service: { ...policiesAt('service'), 'mw-metrics': metrics, 'mw-opencensus': opencensus },
  endpoint: { ...policiesAt('endpoint', PREPARATIONS), 'mw-proxy': endpointProxy },
  backend: { ...transports, 'mw-proxy': backendProxy, 'mw-http': http },
}

function policiesAt(
  level: Level,
  preparations: Readonly<Record<string, Block['prepare']>> = {},
): Readonly<Record<string, Block>> {
  const own = Object.entries(policies).filter(([, policy]) => policy.level === level)
  return Object.fromEntries(
    own.map(([key, policy]) => {
      const prepare = preparations[key]
      return [key, prepare === undefined ? policy : { ...policy, prepare }]
    }),
  )
}
