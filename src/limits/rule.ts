import { parseDuration } from '../lib/duration.ts'
import type { Limit, LimitRule } from '../ports/limiter.ts'
import { capacityOf, type KeySource, PERIODS_MS, type RuleSettings } from './settings.ts'

/** A rule that is ready to be asked for, and what is done with its verdicts. */
export interface Rule {
  readonly name: string
  readonly counted: LimitRule
  readonly keys: readonly KeySource[]
  /** With which a request is refused. */
  readonly status: 429 | 503
  readonly isShadow: boolean
  readonly failsOpen: boolean
}

const BUDGET_MS = 250
/** Up to here every request is worth a question to the counter. */
const EXACT_PER_SECOND = 100

/**
 * Builds a rule. `id` is made of names alone (endpoint and rule, or endpoint and backend), so that an edit of anything
 * else keeps the buckets.
 */
export function createRule(settings: RuleSettings, id: readonly (string | number)[]): Rule {
  const { name, keys, mode, binding, cost, shadow, on_error, budget, shards } = settings
  const limits = limitsOf(settings)
  return {
    name,
    keys,
    status: keys.length > 0 ? 429 : 503,
    isShadow: shadow,
    failsOpen:
      (on_error ?? (limits.some(({ kind }) => kind === 'window') ? 'closed' : 'open')) === 'open',
    counted: {
      id: JSON.stringify(id),
      limits,
      cost: Math.max(1, cost),
      mode: mode ?? (slowest(limits) <= EXACT_PER_SECOND ? 'exact' : 'leased'),
      ...(binding !== '' && { binding }),
      shards: keys.length > 0 ? shards : 1,
      budgetMs: parseDuration(budget) || BUDGET_MS,
    },
  }
}

function limitsOf(settings: RuleSettings): readonly Limit[] {
  const { rate = 0, quota } = settings
  const bucket: Limit = {
    kind: 'bucket',
    name: 'rate',
    capacity: capacityOf(settings),
    perSecond: rate,
  }
  const windows = (Object.keys(PERIODS_MS) as (keyof typeof PERIODS_MS)[]).flatMap((name) =>
    quota[name] > 0
      ? [{ kind: 'window', name, capacity: quota[name], periodMs: PERIODS_MS[name] } as const]
      : [],
  )
  return [...(rate > 0 ? [bucket] : []), ...windows]
}

/** Requests per second that the tightest limit lets through; of an hour or a day all may come within a minute. */
const slowest = (limits: readonly Limit[]): number =>
  Math.min(
    ...limits.map((limit) =>
      limit.kind === 'bucket'
        ? limit.perSecond
        : (limit.capacity * 1000) / Math.min(limit.periodMs, PERIODS_MS.minute),
    ),
  )

/** A rule in words, for `explain`. */
export function describeRule({ name, keys, counted, status, isShadow, failsOpen }: Rule): string {
  const amounts = counted.limits.map((limit) =>
    limit.kind === 'bucket'
      ? `${limit.perSecond} per second (${limit.capacity} at once)`
      : `${limit.capacity} per ${limit.name}`,
  )
  const parts = [
    `${name}: ${amounts.join(', ')}`,
    keys.length === 0 ? 'shared by all' : `by ${keys.map(describeKey).join(' and ')}`,
    counted.binding === undefined ? counted.mode : `${counted.mode} (binding ${counted.binding})`,
    ...(counted.cost > 1 ? [`costs ${counted.cost}`] : []),
    isShadow ? 'shadow: never refuses' : `refuses with ${status}`,
    `${failsOpen ? 'open' : 'closed'} on error`,
  ]
  return parts.join('; ')
}

/** A part of a key in words. */
export const describeKey = (key: KeySource): string =>
  'name' in key ? `${key.from} ${key.name}` : key.from
