import type { Fault } from '../config/diagnostics.ts'
import { type PlacedRule, planLimits } from '../plan/limits.ts'
import type { Plan } from '../plan/types.ts'
import type { Wrangler } from './wrangler.ts'

/** Where the platform's limiters are not what the rules that use them say: their limits stand in wrangler.toml alone. */
export function findPlatformMismatches(
  plan: Plan,
  { ratelimits }: Pick<Wrangler, 'ratelimits'>,
): readonly Fault[] {
  return planLimits(plan).flatMap((placed) => judge(placed, ratelimits) ?? [])
}

function judge(
  { rule: { name, counted }, place }: PlacedRule,
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
  if (known === undefined) {
    return warn(
      `wrangler.toml has no [[ratelimits]] named ${binding}; "${name}" is leased.`,
      'Add one, or choose another mode.',
    )
  }
  const { limit: most, period } = known.simple
  const wanted = (limit.perSecond / cost) * period
  if (Math.abs(most - wanted) < 0.5) return undefined
  return warn(
    `"${name}" allows ${limit.perSecond / cost} requests per second, its binding ${binding} ${most} in ${period} s.`,
    `Set limit = ${Math.max(1, Math.round(wanted))} in wrangler.toml, or change the rule.`,
  )
}
