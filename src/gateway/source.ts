import type { Archive } from '../snapshots/archive.ts'
import { type Current, loadCurrent, readCurrent } from '../snapshots/current.ts'
import { reportIsolate } from '../snapshots/drain.ts'
import type { Replica } from '../snapshots/replica.ts'
import type { InFlight } from '../upstream/in-flight.ts'
import type { PlanSource } from './follow.ts'

/** What the plans of a store come from and go to. */
export interface SourceHost {
  readonly archive: Archive
  readonly replica: Replica
  readonly inFlight: InFlight
  /** Whether some upstream is being drained: its end waits for what isolates report. */
  readonly isDraining: () => boolean
}

/** An isolate that was silent for 30 s counts as gone. */
const REPORT_EVERY_MS = 10_000

/** Plans of the store, for the follower of one isolate. */
export function createSource({ archive, replica, inFlight, isDraining }: SourceHost): PlanSource {
  const { store, blobs, now } = archive
  let isolate: string | undefined
  let current: Current | undefined
  let saved = ''
  let reportedAt = Number.NEGATIVE_INFINITY
  return {
    check: async () => {
      const read = await readCurrent(store)
      current = read
      if (read === undefined) return undefined
      const { hash, number } = read.snapshot
      return { hash, number, load: () => loadCurrent(archive, read) }
    },
    lastGood: replica.load,
    report: async ({ hash, number }) => {
      if (hash !== saved && hash === current?.snapshot.hash) {
        await replica.save(blobs, current)
        saved = hash
      }
      const passed = now() - reportedAt
      if (!isDraining() && passed >= 0 && passed < REPORT_EVERY_MS) return
      reportedAt = now()
      // Made in the first request: there is no randomness before.
      isolate ??= crypto.randomUUID()
      await reportIsolate(store, isolate, { at: now(), number, inFlight: inFlight.count() })
    },
  }
}
