import type { Store } from '../ports.ts'

/** What is used of a KV namespace. */
export interface KeyValues {
  readonly get: (key: string) => Promise<string | null>
  readonly put: (key: string, value: string) => Promise<void>
  readonly delete: (key: string) => Promise<void>
  readonly list: (options: {
    readonly prefix: string
    readonly limit: number
    readonly cursor?: string
  }) => Promise<KeyList>
}

type KeyList =
  | { readonly keys: readonly { readonly name: string }[]; readonly list_complete: true }
  | {
      readonly keys: readonly { readonly name: string }[]
      readonly list_complete: false
      readonly cursor: string
    }

const MOST_KEYS = 1000

/**
 * Cloudflare's KV as a store for a replica: no revisions, no expectations, commits that are not atomic, reads that may be
 * a minute old. A list holds keys alone.
 */
export function createKvStore(kv: KeyValues): Store {
  return {
    get: async (keys) => {
      const values = await Promise.all(keys.map((key) => kv.get(key)))
      return keys.flatMap((key, index) => {
        const value = values[index] ?? null
        return value === null ? [] : [{ key, value, revision: 0 }]
      })
    },
    list: async ({ prefix, after = '', limit }) => {
      const names: string[] = []
      let cursor: string | undefined
      do {
        const page = await kv.list({
          prefix,
          limit: MOST_KEYS,
          ...(cursor !== undefined && { cursor }),
        })
        names.push(...page.keys.map(({ name }) => name).filter((name) => name > after))
        cursor = page.list_complete ? undefined : page.cursor
      } while (cursor !== undefined && names.length < limit)
      return names.slice(0, limit).map((key) => ({ key, value: '', revision: 0 }))
    },
    commit: async ({ put, remove = [] }) => {
      for (const [key, value] of Object.entries(put)) await kv.put(key, value)
      for (const key of remove) await kv.delete(key)
      return { kind: 'done', revision: 0 }
    },
  }
}
