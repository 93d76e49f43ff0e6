import { createMemoryStore } from './memory-store.ts'
import { load } from '../../src/config/load.ts'
import { compile } from '../../src/plan/compile.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/open.ts'
import type { Archive } from '../../src/snapshots/archive.ts'
import { createBlobs } from '../../src/snapshots/blobs.ts'
import { createParts } from '../../src/snapshots/parts.ts'
import { createSnapshots } from '../../src/snapshots/snapshots.ts'
import type { Seed } from '../../src/snapshots/state.ts'
import type { Changed, Snapshot, Snapshots } from '../../src/snapshots/types.ts'

/** Snapshots over a store in memory, as one isolate has them. */
export interface Isolate {
  readonly archive: Archive
  readonly snapshots: Snapshots
}

export const SYSTEM = 'version: 1\nname: under test\ntimeout: 10s\n'

/** An API file with one route per path. */
export const group = (...paths: readonly string[]): string =>
  `definitions:\n${paths
    .map(
      (path) => `  - name: ${path.slice(1)}
    endpoint: ${path}
    hosts: [{host: "http://backend.test"}]
    backend: [{url_pattern: ${path}}]
`,
    )
    .join('')}`

/** What the bundle brings, unless a test says otherwise. */
export const SEED: Seed = { 'gateway.yaml': SYSTEM, 'apis/seed.yaml': group('/seed') }

export const BY = { name: 'ada', address: '192.0.2.1', message: 'because' }

/** An isolate on a store of its own, or on that of another isolate. */
export async function createIsolate(
  options: Partial<Archive> & { readonly store?: Store } = {},
): Promise<Isolate> {
  const store = options.store ?? openStore(createMemoryStore(), '/restapigw')
  const blobs = createBlobs(store)
  const plan = await compileSeed(options.seed ?? SEED)
  const archive: Archive = {
    store,
    blobs,
    parts: createParts(blobs),
    seed: SEED,
    bundled: () => plan,
    since: 1_600_000_000_000,
    allowMissing: false,
    retain: 1000,
    now: () => 1_700_000_000_000,
    secret: () => undefined,
    onMoved: async () => {},
    report: (cause) => {
      throw cause
    },
    ...options,
  }
  return { archive, snapshots: createSnapshots(archive) }
}

async function compileSeed(seed: Seed) {
  const [system = '', ...groups] = Object.keys(seed)
  const { document } = load({
    system: { name: system, text: seed[system] ?? SYSTEM },
    groups: groups.map((name) => ({ name, text: seed[name] ?? '' })),
  })
  const { plan } = document === undefined ? {} : await compile(document)
  if (plan === undefined) throw new Error('the seed does not compile')
  return plan
}

/** The snapshot that a change made. */
export function done(changed: Changed): Snapshot {
  if (changed.kind !== 'done') throw new Error(`not done: ${JSON.stringify(changed)}`)
  return changed.snapshot
}
