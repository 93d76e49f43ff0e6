import { addSums } from '../../lib/sums.ts'
import type { Counts, CountsBatch } from '../../ports.ts'

/** What an object keeps that concerns a batch. */
export interface Stored {
  /** Last batch of the same isolate that was added, if any. */
  readonly lastSequence: number | undefined
  /** Sums of the series that the batch touches; absent ones are zero. */
  readonly counts: Counts
}

/** The sums to write, or that the batch was here before. */
export type Step =
  | { readonly kind: 'added'; readonly counts: Counts }
  | { readonly kind: 'repeated' }

/**
 * Adds a batch exactly once. An isolate sends its batches in order and repeats one until it knows that it arrived, so a
 * sequence at or below the last one was added before: late twins of an answered call are dropped too.
 */
export function step(stored: Stored, batch: CountsBatch): Step {
  if (stored.lastSequence !== undefined && batch.sequence <= stored.lastSequence) {
    return { kind: 'repeated' }
  }
  return { kind: 'added', counts: addSums([stored.counts, batch.counts]) }
}
