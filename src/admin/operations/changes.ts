import * as z from 'zod'
import { err, ok, type Result } from '../../lib/result.ts'
import { concealSecrets } from '../../snapshots/conceal-secrets.ts'
import type { Authorship, Changed, Consequences, Snapshot } from '../../snapshots/types.ts'
import type { Call, Outcome, Reply } from '../operation.ts'
import { RECORDED, type Refusal } from '../refusal.ts'
import { MAY, type Role } from '../roles.ts'
import { time, toTime } from './views.ts'

/** Text of one push; documents and previews. */
export const PUSH_BYTES = 32 * 2 ** 20

export const diagnosticView = z.object({
  file: z.string(),
  line: z.int(),
  column: z.int(),
  severity: z.enum(['error', 'warning', 'notice']),
  message: z.string(),
  hint: z.string().optional(),
})

const routeLine = z.object({
  method: z.string(),
  path: z.string(),
  name: z.string(),
  file: z.string(),
})

/** What a change does to the plan. */
export const consequencesView = z.object({
  diagnostics: z.array(diagnosticView).describe('Warnings and notices.'),
  added: z.array(routeLine),
  removed: z.array(routeLine),
  changed: z.array(routeLine).describe('The same method and path, but another meaning.'),
})

export const snapshotView = z.object({
  hash: z.string(),
  number: z.int().describe('Its place in the history.'),
  parent: z.string().nullable(),
  author: z.string(),
  time: time(),
  message: z.string(),
  changed: z.array(z.enum(['documents', 'upstreams'])),
  documents: z.string().describe('Hash of all files.'),
  upstreams: z.string().describe('Hash of all registered upstreams.'),
  pinned: z.boolean().describe('Kept whatever `retain` says.'),
})

export const showSnapshot = ({ at, isPinned, parent, ...rest }: Snapshot) => ({
  ...rest,
  parent: parent ?? null,
  time: toTime(at),
  pinned: isPinned,
})

/** What a change has led to. */
export const changeView = z.object({
  snapshot: snapshotView,
  consequences: consequencesView.describe('Empty where nothing had to be changed.'),
})

const NOTHING: Consequences = { diagnostics: [], added: [], removed: [], changed: [] }

/** `message` of a change, for the history. */
export const messageQuery = z.object({
  message: z.string().max(1000).default('').describe('Shown in the history.'),
})

/** Who changes something, as the history and the audit show it. */
export const authorOf = (
  { identity, exchange }: Pick<Call, 'identity' | 'exchange'>,
  message: string,
): Authorship => ({ name: identity.shown, address: exchange.client, message })

/** The answer to a change; what became of it stands in the audit already. */
export function settle(
  changed: Changed,
  reply: (snapshot: Snapshot) => Pick<Reply, 'status' | 'revision'>,
): Outcome {
  if (changed.kind !== 'done' && changed.kind !== 'unchanged') {
    return err({ ...explain(changed), audit: RECORDED })
  }
  const { snapshot } = changed
  const consequences = changed.kind === 'done' ? changed.consequences : NOTHING
  return ok({
    ...reply(snapshot),
    body: { snapshot: showSnapshot(snapshot), consequences },
    audit: RECORDED,
  })
}

type Refused = Exclude<Changed, { kind: 'done' | 'unchanged' }>

/** A refused change in the words of HTTP. */
export function explain(refused: Refused): Refusal {
  switch (refused.kind) {
    case 'stale':
      return { kind: 'stale', detail: `${refused.what} has been changed since you read it.` }
    case 'missing':
      return { kind: 'not-found', detail: `There is no ${refused.what}.` }
    case 'owned': {
      const { owner } = refused
      const detail = `It belongs to ${owner}; ?force=true takes it over.`
      return { kind: 'conflict', detail, extra: { owner } }
    }
    case 'needed': {
      const { routes } = refused
      const detail = 'Routes need this upstream; ?force=true removes it all the same.'
      return { kind: 'conflict', detail, extra: { routes } }
    }
    case 'invalid':
    case 'too-large':
    case 'busy':
      return refused
  }
}

/** The text of a file for somebody: credentials that stand in it are for those who may write them. */
export const textFor = ({ identity }: Pick<Call, 'identity'>, text: string): string =>
  (MAY.edit as readonly Role[]).includes(identity.role) ? text : concealSecrets(text)

/** A parameter of the path; the matcher found it, or the operation would not have been chosen. */
export const param = ({ params }: Pick<Call, 'params'>, name: string): string => params[name] ?? ''

/** `true` or `false` in a query. */
export const switchQuery = (meaning: string) =>
  z.stringbool().default(false).meta({ type: 'boolean' }).describe(meaning)

/** Something that was read, or 404. */
export const found = <T>(value: T | undefined, what: string): Result<T, Refusal> =>
  value === undefined ? err({ kind: 'not-found', detail: `There is no ${what}.` }) : ok(value)
