import { deepFreeze } from '../lib/freeze.ts'
import { assemble, type RoutesPart, type SitePart } from '../plan/compile.ts'
import type { Plan } from '../plan/types.ts'
import type { Blobs } from './blobs.ts'
import type { BlobRef, Manifest } from './stored.ts'

/** Reads compiled parts, and keeps those of the plan that was loaded last. */
export interface PartsReader {
  readonly read: <T>(ref: BlobRef) => Promise<T>
  readonly load: (manifest: Manifest, version: string) => Promise<Plan>
}

/** Parts that are read at once, and parsed without a pause. */
const AT_ONCE = 4

/** The parts of one isolate: a plan that shares parts with the one before costs what is new in it. */
export function createParts(blobs: Blobs): PartsReader {
  let kept: ReadonlyMap<string, unknown> = new Map()
  const readAll = async (refs: readonly BlobRef[]): Promise<ReadonlyMap<string, unknown>> => {
    const parts = new Map(refs.map(({ hash }) => [hash, kept.get(hash)]))
    const missing = refs.filter(({ hash }) => parts.get(hash) === undefined)
    for (let start = 0; start < missing.length; start += AT_ONCE) {
      const batch = missing.slice(start, start + AT_ONCE)
      const texts = await blobs.read(batch)
      for (const [index, { hash }] of batch.entries()) parts.set(hash, parse(texts[index]))
    }
    return parts
  }
  return {
    // What stands under a reference is what was written for it: its hash says so.
    read: async <T>(ref: BlobRef) => (await readAll([ref])).get(ref.hash) as T,
    load: async ({ site, groups, registered }, version) => {
      const loaded = await readAll([site, ...groups.map(({ routes }) => routes)])
      kept = loaded
      const parts = groups.map(({ routes }) => loaded.get(routes.hash) as RoutesPart)
      const plan = assemble(version, loaded.get(site.hash) as SitePart, parts)
      return deepFreeze({ ...plan, registered })
    },
  }
}

const parse = (text = ''): unknown => deepFreeze(JSON.parse(text) as unknown)
