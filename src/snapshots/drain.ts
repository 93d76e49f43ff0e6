import { own } from '../lib/own.ts'
import type { Store } from '../ports.ts'
import type { Archive } from './archive.ts'
import { KEYS } from './keys.ts'
import { openIn } from './registry.ts'
import { readState } from './state.ts'
import type { DrainStatus } from './types.ts'
import { DRAIN_TIMEOUT_MS } from './upstreams.ts'

/** What an isolate says of itself. */
export interface IsolateReport {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Number of the snapshot whose plan it serves; 0 for the bundle's. */
  readonly number: number
  /** Requests in flight by upstream; those without any are left out. */
  readonly inFlight: Readonly<Record<string, number>>
}

/** An isolate that was silent for so long serves nobody. */
const SEEN_MS = 30_000
const FORGOTTEN_MS = 600_000
const MOST_ISOLATES = 1000

/** Tells the store what an isolate is at. */
export async function reportIsolate(
  store: Store,
  id: string,
  report: IsolateReport,
): Promise<void> {
  await store.commit({ expect: {}, put: { [KEYS.isolate(id)]: JSON.stringify(report) } })
}

/**
 * How far the draining of an upstream is. It is drained when all isolates seen of late serve a plan that knows of it
 * and have nothing in flight, or when its time is over.
 */
export async function readDrainStatus(
  archive: Archive,
  name: string,
): Promise<DrainStatus | undefined> {
  const { registry } = await readState(archive.store, archive.blobs, archive.seed)
  const upstream = openIn(registry, name)
  if (upstream === undefined) return undefined
  const { drainingSince, drainTimeoutMs = DRAIN_TIMEOUT_MS, revision } = upstream
  if (drainingSince === undefined) return { state: 'open', inFlight: 0, unconfirmed: 0 }
  const now = archive.now()
  const reports = (await readReports(archive.store, now)).filter(({ at }) => now - at < SEEN_MS)
  const inFlight = reports.reduce((sum, report) => sum + (own(report.inFlight, name) ?? 0), 0)
  const unconfirmed = reports.filter(({ number }) => number < revision).length
  const isOver = now - drainingSince >= drainTimeoutMs
  const isDrained = isOver || (inFlight === 0 && unconfirmed === 0)
  return { state: isDrained ? 'drained' : 'draining', inFlight, unconfirmed }
}

/** Reports of all isolates; those of isolates that are long gone are cleared away. */
async function readReports(store: Store, now: number): Promise<readonly IsolateReport[]> {
  const entries = await store.list({ prefix: KEYS.isolates, limit: MOST_ISOLATES })
  const reports = entries.map(({ key, value }) => ({
    key,
    report: JSON.parse(value) as IsolateReport,
  }))
  const gone = reports.filter(({ report }) => now - report.at > FORGOTTEN_MS).slice(0, 100)
  if (gone.length > 0) {
    await store.commit({ expect: {}, put: {}, remove: gone.map(({ key }) => key) })
  }
  return reports.map(({ report }) => report)
}
