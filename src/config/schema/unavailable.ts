import * as z from 'zod'
import type { Level } from './blocks.ts'
import { flag, referable } from './scalars.ts'

/** A `mw-*` block of the original that this version does not have. */
interface Unavailable {
  /** What a configuration that relies on it would silently lose. */
  readonly loss: string
  readonly levels: Readonly<Partial<Record<Level, z.ZodObject>>>
  /** Whether the block does anything at all; the data fits the level's schema, except for references. */
  readonly isEffective: (block: Readonly<Record<string, unknown>>) => boolean
}

const rate = () => referable(z.number()).exactOptional()

const endpointLimit = z.object({
  enabled: flag().exactOptional().describe('`false` switches the block off.'),
  max_rate: rate()
    .meta({ aliases: ['maxRate'] })
    .describe('Requests per second.'),
  client_max_rate: rate()
    .meta({ aliases: ['clientMaxRate'] })
    .describe('Requests per second of one client.'),
  strategy: z.string().exactOptional().describe('What tells clients apart: ip or header.'),
  key: z.string().exactOptional().describe('Name of that header.'),
})

const backendLimit = z.object({
  enabled: flag().exactOptional().describe('`false` switches the block off.'),
  max_rate: rate()
    .meta({ aliases: ['maxRate'] })
    .describe('Calls per second.'),
  capacity: rate().describe('Calls at once.'),
})

const cache = z.object({
  enabled: flag().exactOptional().describe('`true` switches the cache on.'),
})

/** What later versions bring. An entry leaves when its policy or transport arrives. */
export const unavailable: Readonly<Record<string, Unavailable>> = {
  'mw-ratelimit': {
    loss: 'requests would pass without a limit',
    levels: { endpoint: endpointLimit, backend: backendLimit },
    isEffective: ({ enabled, max_rate, client_max_rate }) =>
      enabled !== false && [max_rate, client_max_rate].some(isPositive),
  },
  'mw-httpcache': {
    loss: 'every request would call the upstream',
    levels: { backend: cache },
    isEffective: ({ enabled }) => enabled !== false,
  },
}

/** A rate that is not filled yet may become positive. */
const isPositive = (rate: unknown) =>
  typeof rate === 'string' || (typeof rate === 'number' && rate > 0)
