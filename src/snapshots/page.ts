import type { Store, StoreEntry } from '../ports.ts'
import type { Page, PageQuery } from './types.ts'

const MOST_ITEMS = 200

/** A page of what stands under a prefix; the cursor is the rest of the last key. */
export async function listPage(
  store: Store,
  prefix: string,
  { limit, cursor }: PageQuery,
): Promise<Page<StoreEntry>> {
  const most = Math.min(Math.max(limit, 1), MOST_ITEMS)
  const after = cursor === undefined ? {} : { after: prefix + cursor.toWellFormed() }
  const entries = await store.list({ prefix, limit: most + 1, ...after })
  const items = entries.slice(0, most)
  const last = items.at(-1)
  return entries.length > most && last !== undefined
    ? { items, next: last.key.slice(prefix.length) }
    : { items }
}

/** The same where values are JSON. */
export async function readPage<T>(
  store: Store,
  prefix: string,
  query: PageQuery,
): Promise<Page<T>> {
  const page = await listPage(store, prefix, query)
  return { ...page, items: page.items.map(({ value }) => JSON.parse(value) as T) }
}
