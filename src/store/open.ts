import type { Store, StoreChange, StoreEntry } from '../ports.ts'

/** What etcd takes by default, and every store with it. */
const MOST_KEYS = 128
const MOST_BYTES = 1024 * 1024

/** Where cb-restapigw keeps its keys. */
export const PREFIX = '/restapigw'

/**
 * A store whose keys all begin with `prefix` (`/restapigw`), which callers neither write nor see. What no store can hold
 * rejects before it is tried: a caller's bug, told the same way everywhere.
 */
export function openStore(store: Store, prefix: string): Store {
  const inside = (key: string) => prefix + key
  const outside = (entry: StoreEntry) => ({ ...entry, key: entry.key.slice(prefix.length) })
  return {
    get: async (keys) => {
      check(keys.length <= MOST_KEYS, `a read of ${keys.length} keys`)
      return keys.length === 0 ? [] : (await store.get(keys.map(inside))).map(outside)
    },
    list: async ({ prefix: within, after, ...query }) => {
      check(after?.startsWith(within) !== false, 'a page after a key outside')
      const entries = await store.list({
        ...query,
        prefix: inside(within),
        ...(after !== undefined && { after: inside(after) }),
      })
      return entries.map(outside)
    },
    commit: async (change) => {
      checkChange(change)
      const outcome = await store.commit({
        expect: mapKeys(change.expect, inside),
        put: mapKeys(change.put, inside),
        ...(change.remove !== undefined && { remove: change.remove.map(inside) }),
      })
      return outcome.kind === 'conflict'
        ? { ...outcome, key: outcome.key.slice(prefix.length) }
        : outcome
    },
  }
}

function checkChange({ expect, put, remove = [] }: StoreChange): void {
  const values = Object.values(put)
  const operations = Object.keys(expect).length + values.length + remove.length
  check(operations <= MOST_KEYS, `a commit of ${operations} operations`)
  const bytes = values.reduce((sum, value) => sum + encoder.encode(value).length, 0)
  check(bytes <= MOST_BYTES, `a commit of ${bytes} bytes`)
  check(
    new Set([...Object.keys(put), ...remove]).size === values.length + remove.length,
    'a key twice',
  )
  check(
    values.every((value) => value.isWellFormed()),
    'a value with half a surrogate pair',
  )
}

function check(isPossible: boolean, what: string): void {
  if (!isPossible) throw new RangeError(`no store takes ${what}`)
}

const encoder = new TextEncoder()

const mapKeys = <T>(
  record: Readonly<Record<string, T>>,
  change: (key: string) => string,
): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [change(key), value]))
