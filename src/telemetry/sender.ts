import type { Counts, CountsBatch, CountsShards } from '../ports.ts'
import { within } from '../lib/within.ts'
import { PATIENCE_MS } from './patience.ts'

/** The objects over which isolates spread their counts. */
export const SHARDS: readonly string[] = Array.from({ length: 8 }, (_, i) => `metrics-${i}`)

/** Hands on what was counted; false when it is not known to have arrived. It never rejects. */
export type Send = () => Promise<boolean>

/**
 * Sends to this isolate's shard. A batch that is not known to have arrived is sent again before anything newer, under
 * the same sequence, which the object adds only once.
 */
export function createSender(metrics: CountsShards, drain: () => Counts): Send {
  let identity: { readonly isolate: string; readonly shard: string } | undefined
  let unsettled: CountsBatch | undefined
  let sequence = 0

  const nextBatch = (isolate: string): CountsBatch | undefined => {
    const counts = drain()
    if (Object.keys(counts).length === 0) return undefined
    sequence++
    return { isolate, sequence, counts }
  }

  const deliver = async (batch: CountsBatch | undefined, shard: string): Promise<boolean> => {
    if (batch === undefined) return true
    try {
      await within(PATIENCE_MS, metrics.getByName(shard).add(batch))
    } catch {
      return false
    }
    if (unsettled === batch) unsettled = undefined
    return true
  }

  return async () => {
    identity ??= chooseIdentity()
    const { isolate, shard } = identity
    if (!(await deliver(unsettled, shard))) return false
    unsettled ??= nextBatch(isolate)
    return deliver(unsettled, shard)
  }
}

/** Made in the first request: there is no randomness before (Workers forbid it in global scope). */
function chooseIdentity(): { readonly isolate: string; readonly shard: string } {
  const isolate = crypto.randomUUID()
  return { isolate, shard: SHARDS[Number.parseInt(isolate.slice(0, 8), 16) % SHARDS.length] ?? '' }
}
