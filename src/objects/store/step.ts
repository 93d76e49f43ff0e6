import type { StoreChange, StoreCommit } from '../../ports.ts'

/** What an object keeps that concerns a change. */
export interface Stored {
  /** Of the newest commit. */
  readonly revision: number
  /** Revisions of the keys that the change names; absent ones are not there. */
  readonly revisions: Readonly<Record<string, number>>
}

/**
 * Decides about a change: it applies as a whole, or one key that it names has moved. A change of nothing has the
 * revision of the last one that was a change.
 */
export function step({ revision, revisions }: Stored, change: StoreChange): StoreCommit {
  const { expect, put, remove = [] } = change
  for (const [key, seen] of Object.entries(expect)) {
    if ((revisions[key] ?? 0) !== seen) return { kind: 'conflict', key }
  }
  const isChange = Object.keys(put).length > 0 || remove.some((key) => revisions[key] !== undefined)
  return { kind: 'done', revision: isChange ? revision + 1 : revision }
}
