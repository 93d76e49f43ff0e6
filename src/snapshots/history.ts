import { own } from '../lib/own.ts'
import { err, ok } from '../lib/result.ts'
import type { Archive } from './archive.ts'
import { auditPut } from './audit.ts'
import type { Editor } from './change.ts'
import { findSnapshot, readContent, toSnapshot } from './content.ts'
import { KEYS } from './keys.ts'
import { listPage } from './page.ts'
import { marked, unmarked } from './registry.ts'
import type { State } from './state.ts'
import type { Registry, SnapshotRecord } from './stored.ts'
import type { Actor, HistoryQuery, Page, Rollback, Snapshot } from './types.ts'

/** A commit or read of the store holds no more keys. */
const MOST_ITEMS = 100

/** A page of the history. Where steps of one kind are asked for, a page may hold fewer than its limit. */
export async function listSnapshots(
  { store }: Archive,
  { of, limit, ...query }: HistoryQuery,
): Promise<Page<Snapshot>> {
  const page = await listPage(store, KEYS.histories, {
    ...query,
    limit: Math.min(limit, MOST_ITEMS),
  })
  const hashes = page.items.map(({ value }) => value)
  const [records, pins] = await Promise.all([
    store.get(hashes.map(KEYS.snapshot)),
    store.get(hashes.map(KEYS.pin)),
  ])
  const pinned = new Set(pins.map(({ key }) => key))
  const items = records
    .map(({ value }) => JSON.parse(value) as SnapshotRecord)
    .map((record) => toSnapshot({ record, isPinned: pinned.has(KEYS.pin(record.hash)) }))
    .filter(({ changed }) => of === undefined || changed.includes(of))
  return { ...page, items }
}

/** Pins a snapshot or lets it go. */
export async function pinSnapshot(
  archive: Archive,
  { hash, isPinned }: { readonly hash: string; readonly isPinned: boolean },
  { name, address }: Actor,
): Promise<Snapshot | undefined> {
  const found = await findSnapshot(archive, hash)
  if (found === undefined) return undefined
  const action = isPinned ? 'pin' : 'unpin'
  const deed = { who: name, from: address, action, target: hash, result: 'done' }
  await archive.store.commit({
    expect: {},
    put: { ...auditPut(deed, archive.now()), ...(isPinned && { [KEYS.pin(hash)]: '' }) },
    remove: isPinned ? [] : [KEYS.pin(hash)],
  })
  return toSnapshot({ ...found, isPinned })
}

/** Returns to the documents of an earlier snapshot, and to its upstreams where asked. */
export const editRollback =
  ({ to, withUpstreams = false, ifHead }: Rollback, by: string, archive: Archive): Editor =>
  async (state) => {
    if (ifHead !== undefined && ifHead !== state.snapshot.hash) {
      return err({ kind: 'stale', what: 'head' })
    }
    const content = await readContent(archive, to)
    if (content === undefined) return err({ kind: 'missing', what: to })
    const registry = withUpstreams ? renew(content.registry, by, state) : state.registry
    return ok({ files: content.files, registry })
  }

/** Upstreams that come back are changed by who brings them back, unless nothing about them has changed. */
const renew = (registry: Registry, by: string, { registry: today, snapshot }: State): Registry =>
  Object.fromEntries(
    Object.entries(registry).map(([name, upstream]) => {
      const now = own(today, name)
      const isSame =
        now !== undefined && JSON.stringify(unmarked(now)) === JSON.stringify(unmarked(upstream))
      const mark = { revision: snapshot.number + 1, by }
      return [name, isSame ? now : marked(unmarked(upstream), now, mark)]
    }),
  )
