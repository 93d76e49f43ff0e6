import type { Exchange } from '../http/context.ts'
import { auditPut } from '../snapshots/audit.ts'
import type { Note } from './accounts/users.ts'
import type { AdminHost } from './host.ts'
import type { Call, Operation, Outcome } from './operation.ts'
import type { Refusal } from './refusal.ts'

/** Puts what was done and what was refused into the audit. */
export interface Recorder {
  /** What is put with the commit that does it. */
  readonly noteAs: (operation: Operation, exchange: Exchange) => (who: string) => Note
  /** Somebody without credentials, or without the role. */
  readonly recordStranger: (
    operation: Operation,
    refusal: Refusal,
    exchange: Exchange,
  ) => Promise<void>
  /** That something is about to be done which the store does not do itself. */
  readonly recordIntent: (
    operation: Operation,
    call: Pick<Call, 'exchange' | 'identity' | 'params'>,
  ) => Promise<void>
  /** What became of a change; reading is none. */
  readonly recordOutcome: (
    operation: Operation,
    outcome: Outcome,
    call: Pick<Call, 'exchange' | 'identity' | 'params'>,
  ) => Promise<void>
}

/** One line a second and isolate for strangers: what costs an attacker nothing must not cost a commit each time. */
const STRANGERS_EVERY_MS = 1000

export function createRecorder({ snapshots: { audit }, accounts: { now } }: AdminHost): Recorder {
  let lastStrangerAt = Number.NEGATIVE_INFINITY
  const mayRecordStranger = () => {
    if (Math.abs(now() - lastStrangerAt) < STRANGERS_EVERY_MS) return false
    lastStrangerAt = now()
    return true
  }
  return {
    noteAs:
      (operation, { client }) =>
      (who) =>
      (target) =>
        auditPut({ who, from: client, action: nameOf(operation), target, result: 'done' }, now()),
    recordStranger: async (operation, refusal, { client }) => {
      if (refusal.kind === 'unauthorized' && !mayRecordStranger()) return
      const who = refusal.audit?.who ?? 'nobody'
      const action = nameOf(operation)
      await audit.tally({ who, from: client, action, target: '', result: refusal.kind })
    },
    recordIntent: async (operation, { exchange, identity, params }) => {
      if (operation.actsElsewhere !== true) return
      await audit.append({
        who: identity.shown,
        from: exchange.client,
        action: nameOf(operation),
        target: targetOf(params),
        result: 'begun',
      })
    },
    recordOutcome: async (operation, outcome, { exchange, identity, params }) => {
      if (operation.method === 'GET' || operation.isHarmless === true) return
      const note = outcome.ok ? outcome.value.audit : outcome.error.audit
      if (note?.isRecorded === true) return
      const entry = {
        who: note?.who ?? identity.shown,
        from: exchange.client,
        action: nameOf(operation),
        target: note?.target ?? targetOf(params),
        result: outcome.ok ? 'done' : outcome.error.kind,
      }
      const isStranger = typeof operation.access === 'string'
      if (outcome.ok || !isStranger) await audit.append(entry)
      else if (isCostly(outcome.error) || mayRecordStranger()) await audit.tally(entry)
    },
  }
}

const targetOf = (params: Call['params']): string => Object.values(params).join(' ')

/** `removeUser` is `remove user`. */
const nameOf = ({ id }: Operation): string =>
  id.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** A wrong password: how often it can be tried is limited, and the attempt has cost a commit already. */
const isCostly = ({ kind }: Refusal): boolean => kind === 'unauthorized'
