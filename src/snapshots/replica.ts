import type { Plan } from '../plan/types.ts'
import type { Store } from '../ports.ts'
import { type Blobs, chunkKeys, createBlobs } from './blobs.ts'
import type { Current } from './current.ts'
import { KEYS } from './keys.ts'
import { listAll } from './list-all.ts'
import { createParts } from './parts.ts'
import { parse, readManifest } from './state.ts'
import type { BlobRef, StoredPlan } from './stored.ts'

/** A second place that holds the last good plan, for a start while the store is away. */
export interface Replica {
  /** The plan and the number of its snapshot; undefined when none was ever saved. */
  readonly load: () => Promise<LastGood | undefined>
  /** Copies what the replica does not have yet. */
  readonly save: (from: Blobs, current: Current) => Promise<void>
}

export interface LastGood {
  readonly plan: Plan
  readonly hash: string
  readonly number: number
}

/** What the replica's one mutable key says. */
interface Pointer extends StoredPlan {
  readonly number: number
}

/** A replica in a store of its own, which need not keep commits together: one key names all the others. */
export function createReplica(store: Store): Replica {
  const blobs = createBlobs(store)
  const readPointer = async () =>
    parse((await store.get([KEYS.lastGood]))[0]) as Pointer | undefined
  return {
    load: async () => {
      const pointer = await readPointer()
      if (pointer === undefined) return undefined
      const { snapshot, number } = pointer
      const manifest = await readManifest(blobs, pointer)
      const plan = await createParts(blobs).load(manifest, snapshot)
      return { plan, hash: snapshot, number }
    },
    save: async (from, { plan, snapshot }) => {
      const before = await readPointer()
      if (plan === undefined || before?.snapshot === snapshot.hash) return
      const refs = await listRefs(from, plan)
      await copy(refs, from, { store, blobs })
      const pointer: Pointer = { ...plan, number: snapshot.number }
      await store.commit({ expect: {}, put: { [KEYS.lastGood]: JSON.stringify(pointer) } })
      // Somebody may be reading what the pointer named until now.
      const known = before === undefined ? [] : await listRefs(blobs, before)
      await removeOthers([...refs, ...known], store)
    },
  }
}

/** All blobs of a plan, the manifest first. */
async function listRefs(blobs: Blobs, plan: StoredPlan): Promise<readonly BlobRef[]> {
  const { site, groups } = await readManifest(blobs, plan)
  return [plan.manifest, site, ...groups.map(({ routes }) => routes)]
}

async function copy(
  refs: readonly BlobRef[],
  from: Blobs,
  to: { readonly store: Store; readonly blobs: Blobs },
): Promise<void> {
  const there = new Set(await listAll(to.store, KEYS.blobs))
  for (const ref of refs) {
    if (chunkKeys(ref).every((key) => there.has(key))) continue
    const [text = ''] = await from.read([ref])
    await to.blobs.write([{ ref, text }])
  }
}

async function removeOthers(refs: readonly BlobRef[], store: Store): Promise<void> {
  const named = new Set(refs.flatMap(chunkKeys))
  const others = (await listAll(store, KEYS.blobs)).filter((key) => !named.has(key))
  for (let start = 0; start < others.length; start += 100) {
    await store.commit({ expect: {}, put: {}, remove: others.slice(start, start + 100) })
  }
}
