import type { Archive } from './archive.ts'
import type { Blobs } from './blobs.ts'
import { build } from './build.ts'
import { createParts } from './parts.ts'
import type { Reader } from './reading.ts'
import type { State } from './state.ts'

/** What a change works on. */
export interface Desk {
  readonly archive: Archive
  readonly reader: Reader
  readonly state: State
}

/**
 * Before the first change the store is empty: what the bundle compiles to stands in for it, so that a preview tells
 * what is new, and not everything. Nothing is written.
 */
export async function withBundle(desk: Desk): Promise<Desk> {
  const { archive, reader, state } = desk
  if (state.isStored || Object.keys(archive.seed).length === 0) return desk
  const built = await build({ files: state.files, registry: {} }, undefined, { ...archive, reader })
  if (!built.ok) return desk
  const texts = new Map(built.value.blobs.map(({ ref, text }) => [ref.hash, text]))
  const blobs: Blobs = {
    ...archive.blobs,
    read: (refs) =>
      Promise.all(
        refs.map(async (ref) => texts.get(ref.hash) ?? (await archive.blobs.read([ref]))[0] ?? ''),
      ),
  }
  return {
    archive: { ...archive, blobs, parts: createParts(blobs) },
    reader,
    state: { ...state, manifest: built.value.manifest },
  }
}
