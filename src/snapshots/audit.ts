import { sha256 } from '../lib/sha256.ts'
import type { Store } from '../ports.ts'
import { KEYS } from './keys.ts'
import { readPage } from './page.ts'
import { parse } from './state.ts'
import type { AuditEntry, AuditLog } from './types.ts'

/** What an entry says, beside when. */
export type Deed = Omit<AuditEntry, 'at' | 'count'>

const QUARTER_OF_AN_HOUR_MS = 15 * 60_000
/** Writers that count the same attempt at the same time. */
const MOST_ATTEMPTS = 20

/** The audit of a store. */
export function createAudit(store: Store, now: () => number): AuditLog {
  const append: AuditLog['append'] = async (deed) => {
    await store.commit({ expect: {}, put: auditPut(deed, now()) })
  }
  return {
    append,
    tally: async (deed) => {
      const at = now()
      const started = at - (at % QUARTER_OF_AN_HOUR_MS)
      const key = KEYS.audit(started, await sha256(JSON.stringify(deed)))
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const [known] = await store.get([key])
        const count = ((parse(known) as AuditEntry | undefined)?.count ?? 0) + 1
        const put = { [key]: JSON.stringify({ at, ...deed, count } satisfies AuditEntry) }
        const outcome = await store.commit({ expect: { [key]: known?.revision ?? 0 }, put })
        if (outcome.kind === 'done') return
      }
      // Told by itself rather than not at all.
      await append(deed)
    },
    list: (query) => readPage<AuditEntry>(store, KEYS.audits, query),
  }
}

/** The entry of a deed, for the commit that does it. */
export const auditPut = (deed: Deed, at: number): Readonly<Record<string, string>> => ({
  [KEYS.audit(at, crypto.randomUUID())]: JSON.stringify({
    at,
    ...deed,
    count: 1,
  } satisfies AuditEntry),
})
