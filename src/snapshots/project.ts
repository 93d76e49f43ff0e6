import { own } from '../lib/own.ts'
import type { Archive } from './archive.ts'
import { KEYS } from './keys.ts'
import { SYSTEM_FILES } from './reading.ts'
import { parse, readTrees } from './state.ts'
import type { FileNode, FileTree, StoredHead } from './stored.ts'

/** Hashes of the texts below `/conf/`, by file. */
type Projection = Readonly<Record<string, string>>

/** A commit's worth, with room for the projection itself. */
const MOST_BYTES = 512 * 1024
const MOST_FILES = 100
const MOST_GONE = 20

/**
 * Shows the head's API groups where cb-store's users look for them: their texts, one key per group (not those
 * above 512 KiB). It follows the head by a moment, and catches up after whatever went wrong before.
 */
export async function project({ store, blobs }: Archive): Promise<void> {
  for (;;) {
    const [head, shown] = await Promise.all([store.get([KEYS.head]), store.get([KEYS.projection])])
    const record = (parse(head[0]) as StoredHead | undefined)?.snapshot
    if (record === undefined) return
    const groups = groupsOf((await readTrees(blobs, record)).files)
    const before = (parse(shown[0]) as Projection | undefined) ?? {}
    const changed = takeBatch(groups, before)
    const gone = Object.keys(before)
      .filter((name) => own(groups, name) === undefined)
      .slice(0, MOST_GONE)
    if (changed.length === 0 && gone.length === 0) return
    const texts = await blobs.read(changed.map(([, { text }]) => text))
    const outcome = await store.commit({
      expect: { [KEYS.projection]: shown[0]?.revision ?? 0 },
      put: {
        ...Object.fromEntries(changed.map(([name], index) => [confKey(name), texts[index] ?? ''])),
        [KEYS.projection]: JSON.stringify(after(before, changed, gone)),
      },
      remove: gone.map(confKey),
    })
    // Somebody else is at it, for the same head or a newer one.
    if (outcome.kind === 'conflict') return
  }
}

const groupsOf = (files: FileTree): FileTree =>
  Object.fromEntries(
    Object.entries(files).filter(
      ([name, { text }]) => !SYSTEM_FILES.includes(name) && text.bytes <= MOST_BYTES,
    ),
  )

type Entry = readonly [name: string, node: FileNode]

function takeBatch(groups: FileTree, before: Projection): readonly Entry[] {
  let bytes = 0
  return Object.entries(groups)
    .filter(([name, { text }]) => own(before, name) !== text.hash)
    .slice(0, MOST_FILES)
    .filter(([, { text }]) => (bytes += text.bytes) <= MOST_BYTES)
}

const after = (
  before: Projection,
  changed: readonly Entry[],
  gone: readonly string[],
): Projection => ({
  ...Object.fromEntries(Object.entries(before).filter(([name]) => !gone.includes(name))),
  ...Object.fromEntries(changed.map(([name, { text }]) => [name, text.hash])),
})

/** `apis/cb-spider.yaml` is the group `cb-spider`. */
const confKey = (file: string): string =>
  KEYS.conf(file.replace(/^apis\//, '').replace(/\.yaml$/, ''))
