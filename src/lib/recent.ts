/** A map that holds the newest entries and forgets the oldest, so that nobody's inventions can fill the memory. */
export interface Recent<V> {
  readonly get: (key: string) => V | undefined
  /** Adds an entry, or replaces one and makes it the newest. */
  readonly set: (key: string, value: V) => void
  readonly delete: (key: string) => void
}

/** An empty map for at most so many entries. */
export function createRecent<V>(most: number): Recent<V> {
  const entries = new Map<string, V>()
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > most) entries.delete(entries.keys().next().value ?? key)
    },
    delete: (key) => void entries.delete(key),
  }
}
