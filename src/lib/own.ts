/** The value of an own key: records with names of users as keys hold no `constructor` unless somebody put one there. */
export const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

/** What a path of own keys leads to, from any value on; undefined where a step leads nowhere. */
export const ownAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? own(value as Readonly<Record<string, unknown>>, key)
        : undefined,
    root,
  )
