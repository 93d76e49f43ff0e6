import { own } from '../lib/own.ts'
import type { Archive } from './archive.ts'
import { createAudit } from './audit.ts'
import { change, preview } from './change.ts'
import { findSnapshot, readContent, readText, toFileEntry, toSnapshot } from './content.ts'
import { loadCurrent, readCurrent } from './current.ts'
import { diffSnapshots } from './diff.ts'
import { editDocuments } from './documents.ts'
import { readDrainStatus } from './drain.ts'
import { editEndpoint } from './endpoint.ts'
import { editRollback, listSnapshots, pinSnapshot } from './history.ts'
import { allOpen } from './registry.ts'
import { readState } from './state.ts'
import type { DocumentChange, Head, Snapshot, Snapshots } from './types.ts'
import { editDrain, editPut, editRemove } from './upstreams.ts'

/** The stored configuration; as long as nothing was published, that of the bundle. */
export const createSnapshots = (archive: Archive): Snapshots => ({
  ...historyOf(archive),
  ...documentsOf(archive),
  ...upstreamsOf(archive),
  plan: async () => {
    const current = await readCurrent(archive.store)
    return current === undefined ? archive.bundled() : loadCurrent(archive, current)
  },
  audit: createAudit(archive.store, archive.now),
})

const readHead = ({ store, blobs, seed }: Archive) => readState(store, blobs, seed)

const historyOf = (
  archive: Archive,
): Pick<Snapshots, 'head' | 'list' | 'find' | 'pin' | 'diff' | 'rollback'> => ({
  head: async () => toHead(archive, await readHead(archive)),
  list: async (query) => {
    const page = await listSnapshots(archive, query)
    if (page.items.length > 0 || query.cursor !== undefined) return page
    const head = await toHead(archive, await readHead(archive))
    return head.isStored || query.of === 'upstreams' ? page : { items: [head.snapshot] }
  },
  find: async (hash) => {
    const found = await findSnapshot(archive, hash)
    if (found !== undefined) return toSnapshot(found)
    const { snapshot } = await toHead(archive, await readHead(archive))
    return snapshot.hash === hash ? snapshot : undefined
  },
  pin: (hash, isPinned, actor) => pinSnapshot(archive, { hash, isPinned }, actor),
  diff: (from, to) => diffSnapshots(archive, from, to),
  rollback: (rollback, by) =>
    change(archive, editRollback(rollback, by.name, archive), {
      ...by,
      action: 'rollback',
      target: rollback.to,
    }),
})

const documentsOf = (
  archive: Archive,
): Pick<Snapshots, 'files' | 'readFile' | 'preview' | 'publish' | 'patchEndpoint'> => ({
  files: async (hash) => {
    const content = await readContent(archive, hash)
    if (content === undefined) return undefined
    const entries = await Promise.all(
      Object.entries(content.files).map(([name, file]) => toFileEntry(name, file)),
    )
    return entries.toSorted(byName)
  },
  readFile: async (name, hash) => {
    const file = own((await readContent(archive, hash))?.files ?? {}, name)
    if (file === undefined) return undefined
    return { ...(await toFileEntry(name, file)), text: await readText(archive, file) }
  },
  preview: async (wanted) => {
    const found = await preview(archive, editDocuments(wanted))
    return found.ok ? { kind: 'valid', consequences: found.value } : found.error
  },
  publish: (wanted, by) =>
    change(archive, editDocuments(wanted), { ...by, action: 'publish', target: namesIn(wanted) }),
  patchEndpoint: (patch, by) =>
    change(archive, editEndpoint(patch, archive), {
      ...by,
      action: 'patch endpoint',
      target: `${patch.file}: ${patch.endpoint}`,
    }),
})

const upstreamsOf = (
  archive: Archive,
): Pick<
  Snapshots,
  'upstreams' | 'putUpstream' | 'drainUpstream' | 'removeUpstream' | 'drainStatus'
> => {
  const act = (verb: string, target: string) => ({ action: `upstream ${verb}`, target })
  return {
    upstreams: async () => allOpen((await readHead(archive)).registry),
    putUpstream: (put, by) =>
      change(archive, editPut(put, by.name), { ...by, ...act('put', put.name) }),
    drainUpstream: (target, by) =>
      change(archive, editDrain(target, by.name, archive.now), {
        ...by,
        ...act('drain', target.name),
      }),
    removeUpstream: (target, by) =>
      change(archive, editRemove(target, archive), { ...by, ...act('remove', target.name) }),
    drainStatus: (name) => readDrainStatus(archive, name),
  }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1

async function toHead(
  archive: Archive,
  {
    snapshot,
    isStored,
  }: { readonly snapshot: Omit<Snapshot, 'isPinned'>; readonly isStored: boolean },
): Promise<Head> {
  const found = isStored ? await findSnapshot(archive, snapshot.hash) : undefined
  return {
    snapshot:
      found === undefined
        ? { ...snapshot, ...(!isStored && { at: archive.since }), isPinned: false }
        : toSnapshot(found),
    isStored,
  }
}

const MOST_NAMES = 5

/** What a change touches, in a few words. */
function namesIn({ put, remove = [] }: DocumentChange): string {
  const names = [...Object.keys(put), ...remove]
  const rest = names.length - MOST_NAMES
  return names.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
