import type { Plan } from '../plan/types.ts'
import type { Store } from '../ports.ts'
import type { Blobs } from './blobs.ts'
import type { PartsReader } from './parts.ts'
import type { Seed } from './state.ts'

/** What the operations on snapshots share. */
export interface Archive {
  readonly store: Store
  readonly blobs: Blobs
  readonly parts: PartsReader
  /** The files of the bundle, and the plan that was made of them. */
  readonly seed: Seed
  readonly bundled: () => Plan
  /** Since when they are here, milliseconds since the epoch. */
  readonly since: number
  /** As `--allow-missing` of the command line. */
  readonly allowMissing: boolean
  /** Snapshots to keep beside the head and pinned ones. */
  readonly retain: number
  readonly now: () => number
  readonly secret: (name: string) => string | undefined
  /** Called when the head was moved here; the mover waits for it. */
  readonly onMoved: () => Promise<void>
  /** Takes what went wrong after a change was done. */
  readonly report: (cause: unknown) => void
}
