import { VERSION } from '../lib/version.ts'
import type { Plan } from '../plan/types.ts'
import type { Store } from '../ports.ts'
import type { Archive } from './archive.ts'
import { toJsonBlob } from './blobs.ts'
import { KEYS } from './keys.ts'
import { parse, readManifest, readTrees } from './state.ts'
import type { Manifest, SnapshotRecord, StoredHead, StoredPlan } from './stored.ts'

/** The snapshot that gateways shall serve, and where its plan is. */
export interface Current {
  readonly snapshot: SnapshotRecord
  /** Absent when this version of the code has not compiled the snapshot yet. */
  readonly plan?: StoredPlan
  /** Revisions of the keys that were read. */
  readonly expect: Readonly<Record<string, number>>
}

/** Asks for the head: one small read. */
export async function readCurrent(store: Store): Promise<Current | undefined> {
  const keys = [KEYS.head, KEYS.plan(VERSION), KEYS.sweep]
  const entries = new Map((await store.get(keys)).map((entry) => [entry.key, entry]))
  const head = parse(entries.get(KEYS.head)) as StoredHead | undefined
  if (head === undefined) return undefined
  const plan = parse(entries.get(KEYS.plan(VERSION))) as StoredPlan | undefined
  const { snapshot } = head
  const expect = Object.fromEntries(
    [KEYS.head, KEYS.sweep].map((key) => [key, entries.get(key)?.revision ?? 0]),
  )
  return { snapshot, expect, ...(plan?.snapshot === snapshot.hash && { plan }) }
}

/** Loads the plan of a snapshot, named by it; what another version of the code has stored is compiled again. */
export async function loadCurrent(archive: Archive, current: Current): Promise<Plan> {
  const { blobs, parts } = archive
  const manifest =
    current.plan === undefined
      ? await compileAgain(archive, current)
      : await readManifest(blobs, current.plan)
  return parts.load(manifest, current.snapshot.hash)
}

/** Compiles a snapshot and leaves the plan for others, unless the head has moved meanwhile. */
async function compileAgain(archive: Archive, { snapshot, expect }: Current): Promise<Manifest> {
  const { store, blobs, parts, secret, allowMissing } = archive
  // It happens once after an update; the compiler of documents is loaded when it is needed.
  const [{ build }, { createReader }] = await Promise.all([
    import('./build.ts'),
    import('./reading.ts'),
  ])
  const draft = await readTrees(blobs, snapshot)
  const reader = createReader(blobs, allowMissing)
  const built = await build(draft, undefined, { reader, blobs, parts, secret })
  if (!built.ok) {
    const [first] = built.error.filter(({ severity }) => severity === 'error')
    throw new Error(`snapshot ${snapshot.hash} does not compile: ${first?.file}: ${first?.message}`)
  }
  const manifest = await toJsonBlob(built.value.manifest)
  await blobs.write([...built.value.blobs, manifest])
  const plan: StoredPlan = { snapshot: snapshot.hash, manifest: manifest.ref }
  await store.commit({ expect, put: { [KEYS.plan(VERSION)]: JSON.stringify(plan) } })
  return built.value.manifest
}
