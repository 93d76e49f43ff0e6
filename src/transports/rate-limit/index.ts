import * as z from 'zod'
import { amount, flag } from '../../http/options.ts'
import { Refused } from '../../http/refused.ts'
import { enforce } from '../../limits/enforce.ts'
import { createRule, type Rule } from '../../limits/rule.ts'
import { amounts, contradictions, counting, isLimiting } from '../../limits/settings.ts'
import { defineTransport } from '../transport.ts'

const options = z
  .object({
    enabled: flag('`false` switches the block off.', true),
    max_rate: amount('Calls per second; above it 503, or a part less of a merge.').meta({
      aliases: ['maxRate'],
    }),
    ...amounts,
    ...counting,
  })
  .superRefine((block, context) => {
    if (!isOn(block)) return
    for (const [key, message] of contradictions(settingsOf(block))) {
      context.addIssue({ code: 'custom', path: [key], message })
    }
  })
type Options = z.output<typeof options>

/** Limits the calls of one backend, whoever causes them. */
export const rateLimit = defineTransport({
  summary: 'Limits how many calls a backend gets.',
  options,
  isOff: (given) => !isOn(given),
  limits: (given, { endpoint, backend }) => compile(given, [endpoint, backend]),
  build: (given, { ports, endpoint, backend }) => {
    const [rule] = compile(given, [endpoint, backend])
    if (rule === undefined) return (next) => next
    return (next) => async (outbound, exchange) => {
      const asked = enforce(rule, ports.limiter, exchange, 'standard')
      const decision = asked instanceof Promise ? await asked : asked
      if (decision.kind === 'refuse') throw new Refused(decision.failure)
      return next(outbound, exchange)
    }
  },
})

const compile = (given: Options, id: readonly (string | number)[]): readonly Rule[] =>
  isOn(given) ? [createRule(settingsOf(given), id)] : []

const isOn = (block: Options): boolean =>
  block.enabled && isLimiting({ rate: block.max_rate, quota: block.quota })

const settingsOf = (block: Options) => ({
  ...block,
  name: 'backend',
  keys: [],
  rate: block.max_rate,
  shards: 1,
})
