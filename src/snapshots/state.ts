import { sha256 } from '../lib/sha256.ts'
import { VERSION } from '../lib/version.ts'
import { canonical } from '../plan/version.ts'
import type { Store, StoreEntry } from '../ports.ts'
import type { Blobs } from './blobs.ts'
import { KEYS } from './keys.ts'
import type { DraftFile } from './reading.ts'
import { unmarked } from './registry.ts'
import type {
  FileNode,
  FileTree,
  Manifest,
  Registry,
  SnapshotRecord,
  StoredHead,
  StoredPlan,
} from './stored.ts'
import type { Snapshot } from './types.ts'

/** What the store holds at one moment, as a change sees it. */
export interface State {
  readonly snapshot: Omit<Snapshot, 'isPinned'>
  readonly files: Readonly<Record<string, DraftFile>>
  readonly registry: Registry
  /** The newest plan that this version of the code has compiled, perhaps of an earlier snapshot. */
  readonly manifest?: Manifest
  /** Revisions that a change of this state expects. */
  readonly expect: Readonly<Record<string, number>>
  readonly isStored: boolean
}

/** The configuration of the bundle, which holds as long as nothing was published. */
export type Seed = Readonly<Record<string, string>>

/** Reads the head and what it names. */
export async function readState(store: Store, blobs: Blobs, seed: Seed): Promise<State> {
  const keys = [KEYS.head, KEYS.sweep, KEYS.plan(VERSION)]
  const entries = new Map((await store.get(keys)).map((entry) => [entry.key, entry]))
  const expect = {
    [KEYS.head]: entries.get(KEYS.head)?.revision ?? 0,
    [KEYS.sweep]: entries.get(KEYS.sweep)?.revision ?? 0,
  }
  const head = parse(entries.get(KEYS.head)) as StoredHead | undefined
  if (head === undefined) {
    return {
      snapshot: await seedSnapshot(seed),
      files: seed,
      registry: {},
      expect,
      isStored: false,
    }
  }
  const plan = parse(entries.get(KEYS.plan(VERSION))) as StoredPlan | undefined
  const manifest = plan === undefined ? undefined : await readManifest(blobs, plan)
  return {
    snapshot: head.snapshot,
    ...(await readTrees(blobs, head.snapshot)),
    ...(manifest !== undefined && { manifest }),
    expect,
    isStored: true,
  }
}

/** Files and upstreams of a snapshot. */
export async function readTrees(
  blobs: Blobs,
  { files, registry }: SnapshotRecord,
): Promise<{ readonly files: FileTree; readonly registry: Registry }> {
  const [tree = '', upstreams = ''] = await blobs.read([files, registry])
  return { files: JSON.parse(tree) as FileTree, registry: JSON.parse(upstreams) as Registry }
}

/** The manifest of a stored plan. */
export async function readManifest(blobs: Blobs, { manifest }: StoredPlan): Promise<Manifest> {
  const [text = ''] = await blobs.read([manifest])
  return JSON.parse(text) as Manifest
}

/** What only this code writes is what it wrote. */
export const parse = (entry: StoreEntry | undefined): unknown =>
  entry === undefined ? undefined : JSON.parse(entry.value)

/** Revision of a file; those of the bundle are as old as the first snapshot. */
export const revisionOf = (file: DraftFile): number =>
  typeof file === 'string' ? 1 : file.revision

/**
 * The snapshot that the first change makes of the bundle, before it makes its own. All gateways of a bundle call it by the
 * same name, so its time is no part of that.
 */
async function seedSnapshot(seed: Seed): Promise<State['snapshot']> {
  const hashes = await Promise.all(
    Object.entries(seed).map(async ([name, text]) => [name, await sha256(text)] as const),
  )
  return nameSnapshot({
    number: 1,
    documents: await sha256(canonical(Object.fromEntries(hashes))),
    upstreams: await hashRegistry({}),
    author: 'cb-bridge',
    at: 0,
    message: 'the configuration of the bundle',
    changed: ['documents'],
  })
}

/** Names a snapshot by its content; the nonce keeps two writers apart who do the same in the same millisecond. */
export async function nameSnapshot(
  content: Omit<Snapshot, 'hash' | 'isPinned'>,
  nonce = '',
): Promise<Omit<Snapshot, 'isPinned'>> {
  return { hash: await sha256(canonical({ ...content, nonce })), ...content }
}

/** Equal for equal texts under equal names, whenever they were changed. */
export const hashFiles = (
  files: Readonly<Record<string, Pick<FileNode, 'text'>>>,
): Promise<string> =>
  sha256(
    canonical(
      Object.fromEntries(Object.entries(files).map(([name, { text }]) => [name, text.hash])),
    ),
  )

/** Equal for equal upstreams, whenever they were changed. */
export const hashRegistry = (registry: Registry): Promise<string> =>
  sha256(
    canonical(
      Object.fromEntries(
        Object.entries(registry).map(([name, upstream]) => [name, unmarked(upstream)]),
      ),
    ),
  )
