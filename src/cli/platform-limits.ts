import type { Fault } from '../config/diagnostics.ts'
import { type FilledRule, planLimits, unfilledLimits } from '../plan/limits.ts'
import type { Plan } from '../plan/types.ts'
import type { Lookup } from './values.ts'
import type { Wrangler } from './wrangler.ts'

/**
 * Where the platform's limiters are not what the rules that use them say: their limits stand in wrangler.toml alone. A
 * rule with a reference that has neither a value nor a default says nothing yet.
 */
export function findPlatformMismatches(
  plan: Plan,
  { ratelimits }: Pick<Wrangler, 'ratelimits'>,
  lookup: Lookup,
): readonly Fault[] {
  const compiled = planLimits(plan).map((placed) => ({ ...placed, isFilled: false }))
  return [...compiled, ...unfilledLimits(plan, lookup)].flatMap(
    (placed) => judge(placed, ratelimits) ?? [],
  )
}

function judge(
  { rule: { name, counted }, place, isFilled }: FilledRule,
  ratelimits: Wrangler['ratelimits'],
): Fault | undefined {
  const { binding, limits, cost } = counted
  const [limit] = limits
  if (binding === undefined || limit?.kind !== 'bucket') return undefined
  const warn = (message: string, hint: string): Fault => ({
    severity: 'warning',
    message,
    hint,
    place,
  })
  const known = ratelimits.find((entry) => entry.name === binding)
  const shown = isFilled ? 'its binding' : `its binding ${binding}`
  if (known === undefined) {
    return warn(
      `wrangler.toml has no [[ratelimits]] named ${isFilled ? 'so' : binding}; "${name}" is leased.`,
      'Add one, or choose another mode.',
    )
  }
  const { limit: most, period } = known.simple
  const wanted = (limit.perSecond / cost) * period
  if (Math.abs(most - wanted) < 0.5) return undefined
  return isFilled
    ? warn(
        `"${name}" does not allow what ${shown} does: what a \${NAME} says is not shown here.`,
        'Change wrangler.toml, or the value.',
      )
    : warn(
        `"${name}" allows ${limit.perSecond / cost} requests per second, ${shown} ${most} in ${period} s.`,
        `Set limit = ${Math.max(1, Math.round(wanted))} in wrangler.toml, or change the rule.`,
      )
}
