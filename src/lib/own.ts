/** The value of an own key: records with names of users as keys hold no `constructor` unless somebody put one there. */
export const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined
