import { own } from '../lib/own.ts'
import { VERSION } from '../lib/version.ts'
import type { StoreChange } from '../ports.ts'
import type { Archive } from './archive.ts'
import { auditPut, type Deed } from './audit.ts'
import { toJsonBlob } from './blobs.ts'
import type { Built } from './build.ts'
import { KEYS } from './keys.ts'
import type { DraftFile, KnownFile } from './reading.ts'
import { hashFiles, hashRegistry, nameSnapshot, parse, revisionOf, type State } from './state.ts'
import type { FileNode, FileTree, Registry, StoredHead, StoredPlan } from './stored.ts'
import type { Authorship, Snapshot } from './types.ts'

/** A built draft and the state that it was drafted on. */
export interface Work {
  readonly state: State
  readonly registry: Registry
  readonly built: Built
}

/**
 * Makes a snapshot and the head of it; undefined when somebody else was faster. Blobs first, then all else in one commit:
 * whoever dies in between leaves the old head.
 */
export async function moveHead(
  { store, blobs, now }: Archive,
  { state, registry, built }: Work,
  by: Authorship & { readonly deed: Deed },
): Promise<Omit<Snapshot, 'isPinned'> | undefined> {
  const number = state.isStored ? state.snapshot.number + 1 : 1
  const files = toTree(built.files, state, number)
  const trees = [toJsonBlob(files), toJsonBlob(registry), toJsonBlob(built.manifest)] as const
  const [fileTree, registryTree, manifest] = await Promise.all(trees)
  await blobs.write([...built.blobs, fileTree, registryTree, manifest])
  const at = now()
  const snapshot = await describe({ state, files, registry, number }, by, at)
  const { hash } = snapshot
  const record = { ...snapshot, files: fileTree.ref, registry: registryTree.ref }
  const head: StoredHead = { snapshot: record }
  const plan: StoredPlan = { snapshot: hash, manifest: manifest.ref }
  const isOurs = await commit(store, hash, {
    expect: state.expect,
    put: {
      [KEYS.head]: JSON.stringify(head),
      [KEYS.snapshot(hash)]: JSON.stringify(record),
      [KEYS.history(number)]: hash,
      [KEYS.plan(VERSION)]: JSON.stringify(plan),
      ...auditPut({ ...by.deed, snapshot: hash }, at),
    },
  })
  return isOurs ? snapshot : undefined
}

/** Whether the head is ours now. An answer can be lost on its way, so a failure or a conflict may be a success. */
async function commit(
  store: Archive['store'],
  hash: string,
  change: StoreChange,
): Promise<boolean> {
  const isThere = async () => {
    const [head] = await store.get([KEYS.head])
    return (parse(head) as StoredHead | undefined)?.snapshot.hash === hash
  }
  try {
    return (await store.commit(change)).kind === 'done' || (await isThere())
  } catch (cause) {
    if (await isThere()) return true
    throw cause
  }
}

function toTree(files: readonly KnownFile[], state: State, number: number): FileTree {
  return Object.fromEntries(
    files.map(({ name, text, parsed }): readonly [string, FileNode] => {
      const before = own<DraftFile>(state.files, name)
      const isKept =
        before !== undefined && typeof before !== 'string' && before.text.hash === text.hash
      return [name, { revision: isKept ? revisionOf(before) : number, text, parsed, by: VERSION }]
    }),
  )
}

interface Content {
  readonly state: State
  readonly files: FileTree
  readonly registry: Registry
  readonly number: number
}

async function describe(
  { state, files, registry, number }: Content,
  { name, message }: Authorship,
  at: number,
): Promise<Omit<Snapshot, 'isPinned'>> {
  const isBundle = !state.isStored && Object.keys(state.files).length > 0
  if (isBundle) return { ...state.snapshot, at }
  const before = state.isStored ? state.snapshot : undefined
  const documents = await hashFiles(files)
  const upstreams = await hashRegistry(registry)
  const content = {
    number,
    ...(before !== undefined && { parent: before.hash }),
    documents,
    upstreams,
    author: name,
    at,
    message,
    changed: [
      ...(documents === before?.documents ? [] : (['documents'] as const)),
      ...(upstreams === before?.upstreams ? [] : (['upstreams'] as const)),
    ],
  }
  return nameSnapshot(content, crypto.randomUUID())
}
