import * as z from 'zod'
import { ROLES } from '../roles.ts'
import type { Token, User } from '../accounts/records.ts'

/** A moment as ISO 8601 in UTC, which is how the API tells time. */
export const toTime = (ms: number): string => new Date(ms).toISOString()

/** Schema of such a moment. */
export const time = () => z.iso.datetime({ offset: true })

/** The most of a list that comes at once, and how the next part is asked for. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('How many at most.'),
  cursor: z.string().optional().describe('`next` of the part before.'),
})

/** A part of a list. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().describe('Cursor of the next part; absent at the end.'),
  })

/** A small JSON body. */
export const SMALL_BYTES = 64 * 1024

export const userView = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  origin: z
    .enum(['store', 'file'])
    .describe('`file`: stands in the system file, and is changed there.'),
  created: time().optional(),
  changed: time().optional(),
})

export const showUser = ({ name, role, createdAt, changedAt }: User, revision: number) =>
  revision === 0
    ? { name, role, origin: 'file' as const }
    : {
        name,
        role,
        origin: 'store' as const,
        created: toTime(createdAt),
        changed: toTime(changedAt),
      }

export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  user: z.string(),
  created: time(),
  expires: time().nullable().describe('`null`: without an end.'),
})

export const showToken = ({ id, name, role, user, createdAt, expiresAt }: Token) => ({
  id,
  name,
  role,
  user,
  created: toTime(createdAt),
  expires: expiresAt === undefined ? null : toTime(expiresAt),
})

/** Names of users: what fits into a path, a log line and a store's key. */
export const userName = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'Use 1 to 64 letters, digits, ".", "_", "@", "-".')
