import { VERSION } from '../lib/version.ts'
import type { Store } from '../ports.ts'
import type { Archive } from './archive.ts'
import { type Blobs, chunkKeys } from './blobs.ts'
import { KEYS } from './keys.ts'
import { listAll } from './list-all.ts'
import { parse, readManifest, readTrees } from './state.ts'
import type { BlobRef, SnapshotRecord, StoredHead, StoredPlan } from './stored.ts'

/** Audit entries that are kept. */
const MOST_AUDITS = 10_000
/** Operations of a commit, with room for what it expects. */
const BATCH = 100

/**
 * Forgets snapshots beyond `retain` (never the head, never a pinned one) and blobs that nobody names. It comes with every
 * tenth part of `retain`, so that its cost is spread.
 */
export async function sweep(archive: Archive): Promise<void> {
  const { store, retain } = archive
  const [head] = await store.get([KEYS.head])
  const record = (parse(head) as StoredHead | undefined)?.snapshot
  if (record === undefined || record.number % Math.max(1, Math.floor(retain / 10)) !== 0) return
  await forgetSnapshots(store, Math.max(1, retain))
  await forgetAudits(store)
  await collectBlobs(archive)
}

async function forgetSnapshots(store: Store, retain: number): Promise<void> {
  const pinned = new Set(
    (await listAll(store, KEYS.pins)).map((key) => key.slice(KEYS.pins.length)),
  )
  const keys = await listAll(store, KEYS.histories)
  for (const batch of inBatches(keys.slice(retain), BATCH / 2)) {
    const entries = await store.get(batch)
    const victims = entries.filter(({ value: hash }) => !pinned.has(hash))
    const remove = victims.flatMap(({ key, value: hash }) => [key, KEYS.snapshot(hash)])
    await store.commit({ expect: {}, put: {}, remove })
  }
}

async function forgetAudits(store: Store): Promise<void> {
  const keys = await listAll(store, KEYS.audits)
  for (const remove of inBatches(keys.slice(MOST_AUDITS), BATCH)) {
    await store.commit({ expect: {}, put: {}, remove })
  }
}

/**
 * Removes what no snapshot names. Each commit expects that the head has not moved since we looked, and touches the key
 * that publishers expect: whoever relies on a blob that is about to go starts again.
 */
async function collectBlobs({ store, blobs }: Archive): Promise<void> {
  const seen = new Map(
    (await store.get([KEYS.head, KEYS.sweep])).map((entry) => [entry.key, entry]),
  )
  const head = parse(seen.get(KEYS.head)) as StoredHead | undefined
  if (head === undefined) return
  const named = await markBlobs(store, blobs)
  const unnamed = (await listAll(store, KEYS.blobs)).filter((key) => !named.has(key))
  let revision = seen.get(KEYS.sweep)?.revision ?? 0
  for (const remove of inBatches(unnamed, BATCH)) {
    const outcome = await store.commit({
      expect: { [KEYS.head]: seen.get(KEYS.head)?.revision ?? 0, [KEYS.sweep]: revision },
      put: { [KEYS.sweep]: head.snapshot.hash },
      remove,
    })
    if (outcome.kind === 'conflict') return
    revision = outcome.revision
  }
}

/** Keys of all chunks that snapshots and compiled plans name. */
async function markBlobs(store: Store, blobs: Blobs): Promise<ReadonlySet<string>> {
  const named = new Set<string>()
  const name = (ref: BlobRef) => chunkKeys(ref).forEach((key) => named.add(key))
  for (const batch of inBatches(await listAll(store, '/snapshots/'), BATCH)) {
    for (const entry of await store.get(batch)) {
      const record = JSON.parse(entry.value) as SnapshotRecord
      const known = named.has(chunkKeys(record.files)[0] ?? '')
      ;[record.files, record.registry].forEach(name)
      if (known) continue
      const { files } = await readTrees(blobs, record)
      for (const { text, parsed } of Object.values(files)) [text, parsed].forEach(name)
    }
  }
  for (const entry of await store.list({ prefix: KEYS.plans, limit: BATCH })) {
    if (entry.key !== KEYS.plan(VERSION) && !(await isOfHead(store, entry.value))) continue
    const plan = JSON.parse(entry.value) as StoredPlan
    const manifest = await readManifest(blobs, plan)
    ;[plan.manifest, manifest.site].forEach(name)
    for (const { routes, claims } of manifest.groups) [routes, claims].forEach(name)
  }
  return named
}

/** A plan of another version of the code is kept while it is the head's: gateways of that version may run. */
async function isOfHead(store: Store, plan: string): Promise<boolean> {
  const [head] = await store.get([KEYS.head])
  return (
    (parse(head) as StoredHead | undefined)?.snapshot.hash ===
    (JSON.parse(plan) as StoredPlan).snapshot
  )
}

function inBatches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const batches: (readonly T[])[] = []
  for (let start = 0; start < items.length; start += size)
    batches.push(items.slice(start, start + size))
  return batches
}
