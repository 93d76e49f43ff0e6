import type { Plan } from '../plan/types.ts'
import type { Store } from '../ports.ts'
import type { Archive } from '../snapshots/archive.ts'
import { createBlobs } from '../snapshots/blobs.ts'
import { createParts } from '../snapshots/parts.ts'
import { createReplica } from '../snapshots/replica.ts'
import type { Seed } from '../snapshots/state.ts'
import type { InFlight } from '../upstream/in-flight.ts'
import { createFollower, type Follower } from './follow.ts'
import type { Live } from './live.ts'
import { createSource } from './source.ts'

/** What the stored configuration of an isolate is made from. */
export interface StorageHost {
  readonly store: Store
  /** Holds the last good plan where the store can not be read. */
  readonly replica: Store
  readonly live: Live
  readonly inFlight: InFlight
  readonly now: () => number
  readonly write: (line: string) => void
  readonly bundle: Bundle
}

/** The configuration that the Worker came with, or that was swapped into it since. */
export interface Bundle {
  readonly files: Seed
  readonly allowMissing: boolean
  /** Made anew each time: nobody needs it any more once something is published. */
  readonly plan: () => Plan
}

/** The stored configuration, and what keeps this isolate on it. */
export interface Storage extends Follower {
  /** What `createSnapshots` makes the stored configuration of; it is left to those who change something. */
  readonly archive: Archive
  /** Replaces what holds as long as nothing is published. */
  readonly rebundle: (bundle: Bundle) => void
}

const RETAIN = 1000
const CHECK_MS = 5000

/** Connects live, store and replica. Nothing is read before the first request. */
export function createStorage(host: StorageHost): Storage {
  const { store, live, inFlight, now, write } = host
  let { bundle } = host
  // There is no time before the first request.
  let since: number | undefined
  const site = () => live.plan()?.site
  const blobs = createBlobs(store)
  const archive: Archive = {
    store,
    blobs,
    parts: createParts(blobs),
    get seed() {
      return bundle.files
    },
    bundled: () => bundle.plan(),
    get since() {
      return (since ??= now())
    },
    get allowMissing() {
      return bundle.allowMissing
    },
    get retain() {
      return site()?.snapshots.retain ?? RETAIN
    },
    now,
    secret: live.secret,
    onMoved: () => follower.refresh(),
    report: (cause) => write(`after a change: ${String(cause)}`),
  }
  const isDraining = () =>
    Object.values(live.plan()?.registered ?? {}).some((upstream) => upstream.isDraining)
  const replica = createReplica(host.replica)
  const source = createSource({ archive, replica, inFlight, isDraining })
  const intervalMs = () => site()?.snapshots.checkMs ?? CHECK_MS
  const follower = createFollower(live, source, { now, intervalMs, write })
  return {
    ...follower,
    archive,
    rebundle: (next) => {
      bundle = next
      since = now()
    },
  }
}
