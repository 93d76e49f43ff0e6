import * as z from 'zod'
import { ok } from '../../lib/result.ts'
import type { AuditEntry } from '../../snapshots/types.ts'
import { operation, type Operation } from '../operation.ts'
import { MAY } from '../roles.ts'
import { pageOf, pageQuery, time, toTime } from './views.ts'

const entryView = z.object({
  time: time().describe('Of the last attempt, where several are told together.'),
  who: z.string(),
  from: z.string().describe("The client's address."),
  action: z.string(),
  target: z.string(),
  result: z
    .string()
    .describe('`done`, or why not; `begun` before what another place than the store has to do.'),
  snapshot: z.string().optional().describe('What a change has made.'),
  count: z.int().describe('How often.'),
})

/** Who did what. */
export const auditOperations: readonly Operation[] = [
  operation({
    id: 'listAudit',
    method: 'GET',
    path: '/audit',
    summary: 'Changes and refused attempts, newest first; failed logins are told together.',
    access: MAY.read,
    query: pageQuery,
    answers: { 200: { description: 'Entries.', schema: pageOf(entryView) } },
    handle: async ({ host, query: { limit, cursor } }) => {
      const page = await host.snapshots.audit.list({
        limit,
        ...(cursor !== undefined && { cursor }),
      })
      return ok({ status: 200, body: { ...page, items: page.items.map(showEntry) } })
    },
  }),
]

const showEntry = ({ at, ...entry }: AuditEntry) => ({ time: toTime(at), ...entry })
