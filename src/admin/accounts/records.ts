import * as z from 'zod'
import type { Store, StoreEntry } from '../../ports.ts'
import { ROLES } from '../roles.ts'

/** Milliseconds since the epoch. */
const moment = () => z.int().nonnegative()

/** A user as it is stored. */
export const userRecord = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  /** See lib/password-hash.ts. */
  password: z.string(),
  /** Changes with the password: sessions and tokens of another generation are dead. */
  generation: z.string(),
  createdAt: moment(),
  changedAt: moment(),
})
export type User = z.output<typeof userRecord>

/** An API token as it is stored: its secret is known to its owner alone. */
export const tokenRecord = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  user: z.string(),
  generation: z.string(),
  /** SHA-256 of the whole token, base64url: it has 256 random bits, so nothing slower is needed. */
  hash: z.string(),
  createdAt: moment(),
  expiresAt: moment().optional(),
})
export type Token = z.output<typeof tokenRecord>

/** Where accounts stand in the store, below its prefix. */
export const KEYS = {
  users: '/users/',
  user: (name: string) => `/users/${name}`,
  tokens: '/tokens/',
  token: (id: string) => `/tokens/${id}`,
  /** Ids of sessions that were ended before their time. */
  ended: '/sessions/ended/',
  endedSession: (id: string) => `/sessions/ended/${id}`,
  sessionKey: '/sessions/key',
  bootstrap: '/bootstrap',
  logins: (slot: string) => `/logins/${slot}`,
} as const

/** Something stored and the revision to compare with when it is changed. */
export interface Stored<T> {
  readonly value: T
  readonly revision: number
}

/** Entries by key, read at one moment. */
export async function readEntries(store: Store, keys: readonly string[]) {
  return new Map((await store.get(keys)).map((entry) => [entry.key, entry]))
}

/** An entry as a record. A text that is none was not written by us: that is an exception, not "absent". */
export function decode<S extends z.ZodType>(
  schema: S,
  entry: StoreEntry | undefined,
): Stored<z.output<S>> | undefined {
  if (entry === undefined) return undefined
  return { value: schema.parse(JSON.parse(entry.value)), revision: entry.revision }
}

/** All records below a prefix. */
export async function listRecords<S extends z.ZodType>(
  store: Store,
  prefix: string,
  schema: S,
): Promise<readonly Stored<z.output<S>>[]> {
  const found: Stored<z.output<S>>[] = []
  let after: string | undefined
  for (;;) {
    const query = { prefix, limit: PAGE, ...(after !== undefined && { after }) }
    const entries = await store.list(query)
    for (const entry of entries) {
      const record = decode(schema, entry)
      if (record !== undefined) found.push(record)
    }
    after = entries.at(-1)?.key
    if (entries.length < PAGE || after === undefined) return found
  }
}

const PAGE = 100
