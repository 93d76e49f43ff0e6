import { addSums } from '../lib/sums.ts'
import type { CountsShards, Telemetry } from '../ports.ts'
import { createAggregate } from './aggregate.ts'
import { formatExposition } from './exposition.ts'
import { createFlusher } from './flusher.ts'
import { createSender, SHARDS } from './sender.ts'
import { within } from '../lib/within.ts'
import { PATIENCE_MS } from './patience.ts'

/** What telemetry needs of its host. */
export interface TelemetryHost {
  readonly metrics: CountsShards
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Writes one line of the log. */
  readonly write: (line: string) => void
}

/**
 * Counts in the isolate's memory and hands the counts to one of a few durable objects: at once after a pause, else
 * 2 s after the last time, so that nothing stays behind when traffic stops.
 */
export function createTelemetry({ metrics, now, write }: TelemetryHost): Telemetry {
  const aggregate = createAggregate()
  const flusher = createFlusher(createSender(metrics, aggregate.drain), now)
  const totals = async () => {
    await flusher.flush()
    const shards = await Promise.all(
      SHARDS.map((name) => within(PATIENCE_MS, metrics.getByName(name).read())),
    )
    return addSums(shards)
  }
  return {
    log: write,
    count: (sample, later) => {
      aggregate.add(sample)
      flusher.flushSoon(later)
    },
    totals,
    exposition: async () => formatExposition(await totals()),
  }
}
