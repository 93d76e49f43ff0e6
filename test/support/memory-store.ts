import type { Store, StoreChange, StoreEntry } from '../../src/ports.ts'

/** The reference of the Store port: what the others must do, as simply as it can be said. */
export function createMemoryStore(): Store {
  let entries: ReadonlyMap<string, StoreEntry> = new Map()
  let revision = 0
  const revisionOf = (key: string) => entries.get(key)?.revision ?? 0
  return {
    get: async (keys) => keys.flatMap((key) => entries.get(key) ?? []),
    list: async ({ prefix, after = '', limit, keysOnly = false }) =>
      [...entries.values()]
        .filter(({ key }) => key.startsWith(prefix) && compareBytes(key, after) > 0)
        .toSorted((a, b) => compareBytes(a.key, b.key))
        .slice(0, limit)
        .map((entry) => (keysOnly ? { ...entry, value: '' } : entry)),
    commit: async (change) => {
      const moved = Object.entries(change.expect).find(([key, seen]) => revisionOf(key) !== seen)
      if (moved !== undefined) return { kind: 'conflict', key: moved[0] }
      if (changesSomething(change, entries)) revision++
      entries = apply(change, entries, revision)
      return { kind: 'done', revision }
    },
  }
}

const changesSomething = (
  { put, remove = [] }: StoreChange,
  entries: ReadonlyMap<string, unknown>,
) => Object.keys(put).length > 0 || remove.some((key) => entries.has(key))

function apply(
  { put, remove = [] }: StoreChange,
  entries: ReadonlyMap<string, StoreEntry>,
  revision: number,
): ReadonlyMap<string, StoreEntry> {
  const next = new Map(entries)
  for (const key of remove) next.delete(key)
  for (const [key, value] of Object.entries(put)) next.set(key, { key, value, revision })
  return next
}

const compareBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b))
