import { omit } from '../lib/omit.ts'
import { sha256 } from '../lib/sha256.ts'
import type { Archive } from './archive.ts'
import { KEYS } from './keys.ts'
import type { DraftFile } from './reading.ts'
import { parse, readState, readTrees, revisionOf, type State } from './state.ts'
import type { SnapshotRecord } from './stored.ts'
import type { FileEntry, Snapshot } from './types.ts'

/** A snapshot's record with its pin. */
export interface FoundSnapshot {
  readonly record: SnapshotRecord
  readonly isPinned: boolean
}

/** Looks a snapshot up in the store. */
export async function findSnapshot(
  { store }: Archive,
  hash: string,
): Promise<FoundSnapshot | undefined> {
  const entries = await store.get([KEYS.snapshot(hash), KEYS.pin(hash)])
  const record = parse(entries.find(({ key }) => key === KEYS.snapshot(hash))) as
    | SnapshotRecord
    | undefined
  const isPinned = entries.some(({ key }) => key === KEYS.pin(hash))
  return record === undefined ? undefined : { record, isPinned }
}

/** A snapshot as it is shown. */
export function toSnapshot({ record, isPinned }: FoundSnapshot): Snapshot {
  return { ...omit(record, 'files', 'registry'), isPinned }
}

/** Files and upstreams of the head, or of another snapshot; undefined where that is not there. */
export async function readContent(
  archive: Archive,
  hash?: string,
): Promise<Pick<State, 'files' | 'registry'> | undefined> {
  if (hash !== undefined) {
    const found = await findSnapshot(archive, hash)
    if (found !== undefined) return readTrees(archive.blobs, found.record)
  }
  const state = await readState(archive.store, archive.blobs, archive.seed)
  return hash === undefined || hash === state.snapshot.hash ? state : undefined
}

/** The text of a file. */
export async function readText({ blobs }: Archive, file: DraftFile): Promise<string> {
  return typeof file === 'string' ? file : ((await blobs.read([file.text]))[0] ?? '')
}

/** A file's line in a list. */
export async function toFileEntry(name: string, file: DraftFile): Promise<FileEntry> {
  const { hash, bytes } =
    typeof file === 'string'
      ? { hash: await sha256(file), bytes: new TextEncoder().encode(file).length }
      : file.text
  return { name, revision: revisionOf(file), hash, bytes }
}
