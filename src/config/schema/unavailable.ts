import * as z from 'zod'
import type { Level } from './blocks.ts'
import { flag } from './scalars.ts'

/** A `mw-*` block of the original that this version does not have. */
interface Unavailable {
  /** What a configuration that relies on it would silently lose. */
  readonly loss: string
  readonly levels: Readonly<Partial<Record<Level, z.ZodObject>>>
  /** Whether the block does anything at all; the data fits the level's schema, except for references. */
  readonly isEffective: (block: Readonly<Record<string, unknown>>) => boolean
}

const cache = z.object({
  enabled: flag().exactOptional().describe('`true` switches the cache on.'),
})

/** What later versions bring. An entry leaves when its policy or transport arrives. */
export const unavailable: Readonly<Record<string, Unavailable>> = {
  'mw-httpcache': {
    loss: 'every request would call the upstream',
    levels: { backend: cache },
    isEffective: ({ enabled }) => enabled !== false,
  },
}
