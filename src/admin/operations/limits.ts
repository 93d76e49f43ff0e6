import * as z from 'zod'
import { err, ok, type Result } from '../../lib/result.ts'
import { keyOfParts } from '../../limits/key.ts'
import { describeKey, describeRule, type Rule } from '../../limits/rule.ts'
import { planLimits } from '../../plan/limits.ts'
import type { AdminHost } from '../host.ts'
import { type Call, operation, type Operation } from '../operation.ts'
import type { Refusal } from '../refusal.ts'
import { MAY } from '../roles.ts'
import { param } from './changes.ts'

const ruleView = z.object({
  id: z.string().describe('For the path, percent-encoded.'),
  file: z.string(),
  rule: z.string().describe('In words.'),
  keys: z.array(z.string()).describe('What tells clients apart; empty: one limit for all.'),
})

const keyQuery = z.object({
  key: z
    .string()
    .default('')
    .describe(
      'Whose: the address, the value of the header ...; a JSON list where the rule has several keys; nothing where it has none.',
    ),
})

/** Rate limits as this gateway enforces them. */
export const limitOperations: readonly Operation[] = [
  operation({
    id: 'listLimits',
    method: 'GET',
    path: '/limits',
    summary: 'Lists the rate limits that this gateway enforces.',
    access: MAY.read,
    answers: {
      200: { description: 'Rules.', schema: z.object({ items: z.array(ruleView) }) },
    },
    handle: async ({ host }) => {
      const plan = host.livePlan()
      if (plan === undefined) return err({ kind: 'not-ready' })
      const items = planLimits(plan).map(({ rule, place }) => ({
        id: rule.counted.id,
        file: place.file,
        rule: describeRule(rule),
        keys: rule.keys.map(describeKey),
      }))
      return ok({ status: 200, body: { items } })
    },
  }),
  operation({
    id: 'readLimit',
    method: 'GET',
    path: '/limits/{id}',
    summary: 'Tells what a key has left of a limit.',
    access: MAY.read,
    query: keyQuery,
    answers: {
      200: {
        description: 'What is left.',
        schema: z.object({
          items: z.array(
            z.object({
              name: z.string(),
              left: z.number(),
              resetMs: z.number().describe('Time until it is full again.'),
            }),
          ),
        }),
      },
    },
    refuses: [404],
    handle: async (call) => {
      const subject = await subjectOf(call)
      if (!subject.ok) return subject
      const { rule, key } = subject.value
      const items = await call.host.gateway.ports.limiter.read(rule.counted, key)
      return items === undefined ? err(NO_ANSWER) : ok({ status: 200, body: { items } })
    },
  }),
  operation({
    id: 'resetLimit',
    method: 'DELETE',
    path: '/limits/{id}',
    summary: 'Gives a key all of a limit again.',
    access: MAY.edit,
    actsElsewhere: true,
    query: keyQuery,
    answers: { 204: { description: 'It is full.' } },
    refuses: [404],
    handle: async (call) => {
      const subject = await subjectOf(call)
      if (!subject.ok) return subject
      const { rule, key } = subject.value
      const isReset = await call.host.gateway.ports.limiter.reset(rule.counted, key)
      return isReset ? ok({ status: 204 }) : err(NO_ANSWER)
    },
  }),
]

const NO_ANSWER: Refusal = { kind: 'store-unavailable' }

async function subjectOf(
  call: Call<{ readonly key: string }>,
): Promise<Result<{ readonly rule: Rule; readonly key: string }, Refusal>> {
  const rule = findRule(call.host, param(call, 'id'))
  if (rule === undefined) return err({ kind: 'not-found', detail: 'There is no such limit here.' })
  const parts = readParts(rule, call.query.key)
  if (parts?.length !== rule.keys.length) {
    const detail = `This limit wants ${rule.keys.length} keys: ${rule.keys.map(describeKey).join(', ')}.`
    return err({ kind: 'bad-request', detail })
  }
  return ok({ rule, key: rule.keys.length === 0 ? '' : await keyOfParts(rule.keys, parts) })
}

function findRule({ livePlan }: AdminHost, id: string): Rule | undefined {
  const plan = livePlan()
  const placed = plan === undefined ? [] : planLimits(plan)
  return placed.find(({ rule }) => rule.counted.id === id)?.rule
}

function readParts({ keys }: Rule, text: string): readonly string[] | undefined {
  if (keys.length < 2) return text === '' ? [] : [text]
  try {
    return z.array(z.string()).safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
