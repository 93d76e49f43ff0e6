import { createRecent, type Recent } from '../../lib/recent.ts'
import type { Later } from '../../ports.ts'
import type { Limiter, LimiterShards, LimitRule, Standing, Verdict } from '../../ports/limiter.ts'
import { within } from '../../lib/within.ts'
import { type Ask, createAsk, type Outcome } from './ask.ts'
import { createLease, type Lease } from './lease.ts'
import { shardOf } from './shard.ts'

/** A rate limiter of the platform (`ratelimits` in wrangler.toml); it counts per location and forgives. */
export interface PlatformLimiter {
  readonly limit: (options: { readonly key: string }) => Promise<{ readonly success: boolean }>
}

/** What the limiter needs of its host. */
export interface LimiterHost {
  readonly shards: LimiterShards
  /** The platform's rate limiter of that binding; undefined where the host has none. */
  readonly platform: (binding: string) => PlatformLimiter | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** A key that was refused: not asked for again in this time. */
interface Hold {
  readonly from: number
  readonly until: number
  readonly standings: readonly Standing[]
}

/** Keys that an isolate remembers, of holds and of leases. */
const MOST_KEYS = 10_000
const OVERLOAD_MS = 1000
const READ_MS = 5000

/** Counts in Durable Objects; an isolate keeps leases and refusals in memory, across swaps of the plan. */
export function createLimiter({ shards, platform, now }: LimiterHost): Limiter {
  const holds = createRecent<Hold>(MOST_KEYS)
  const leases = createRecent<Lease>(MOST_KEYS)
  const ask = createAsk(shards, now)
  const counter = { ask, holds, leases, now }
  return {
    take: (rule, key, later) => {
      const limiter = rule.binding === undefined ? undefined : platform(rule.binding)
      if (rule.mode === 'approximate' && limiter !== undefined)
        return askPlatform(limiter, rule, key)
      const place = { rule, key, id: `${rule.id}${key}`, name: shardOf(rule, key) }
      return rule.mode === 'exact' ? takeExact(place, counter) : takeLeased(place, later, counter)
    },
    read: (rule, key) =>
      within(READ_MS, shards.getByName(shardOf(rule, key)).read(key, rule.limits)).catch(
        () => undefined,
      ),
    reset: async (rule, key) => {
      holds.delete(`${rule.id}${key}`)
      leases.delete(`${rule.id}${key}`)
      try {
        await within(READ_MS, shards.getByName(shardOf(rule, key)).reset(key))
        return true
      } catch {
        return false
      }
    },
  }
}

interface Counter {
  readonly ask: Ask
  readonly holds: Recent<Hold>
  readonly leases: Recent<Lease>
  readonly now: () => number
}

/** The bucket of a key: its rule, its object, and what it is called in this isolate. */
interface Place {
  readonly rule: LimitRule
  readonly key: string
  readonly id: string
  readonly name: string
}

function takeExact(place: Place, counter: Counter): Verdict | Promise<Verdict> {
  return findHold(place, counter) ?? askOnce(place, counter)
}

/** Asks for one request. */
async function askOnce({ rule, key, id, name }: Place, counter: Counter): Promise<Verdict> {
  const { limits, cost, budgetMs } = rule
  const outcome = await counter.ask(name, { key, limits, least: cost, most: cost }, budgetMs)
  return judge(id, outcome, counter)
}

function takeLeased(place: Place, later: Later, counter: Counter): Verdict | Promise<Verdict> {
  const lease = leaseOf(place, counter)
  const now = counter.now()
  if (lease.spend(place.rule.cost, now)) {
    if (lease.isLow(now) && !lease.isAsking(now) && findHold(place, counter) === undefined)
      later(refill(place, lease, counter))
    return { kind: 'admitted', standings: lease.standings() }
  }
  const held = findHold(place, counter)
  if (held !== undefined) return held
  if (!lease.isAsking(now)) return refillAndSpend(place, lease, counter)
  // Another request is getting more, and nobody waits for another request: ask for this one, unless there is too little.
  return lease.isScarce()
    ? { kind: 'refused', retryAfterMs: place.rule.budgetMs, standings: lease.standings() }
    : askOnce(place, counter)
}

async function refill({ rule, key, id, name }: Place, lease: Lease, counter: Counter) {
  const askedAt = counter.now()
  const outcome = await counter.ask(name, lease.ask(rule, key, askedAt), rule.budgetMs)
  if (outcome.kind === 'answer') lease.add(outcome.answer, askedAt)
  return judge(id, outcome, counter)
}

async function refillAndSpend(place: Place, lease: Lease, counter: Counter): Promise<Verdict> {
  const verdict = await refill(place, lease, counter)
  if (verdict.kind !== 'admitted') return verdict
  // Others may have been faster, or the answer slower than the life of a lease.
  return lease.spend(place.rule.cost, counter.now()) ? verdict : askOnce(place, counter)
}

function leaseOf({ id }: Place, { leases }: Counter): Lease {
  const known = leases.get(id)
  if (known !== undefined) return known
  const lease = createLease()
  leases.set(id, lease)
  return lease
}

async function askPlatform(
  limiter: PlatformLimiter,
  { id }: LimitRule,
  key: string,
): Promise<Verdict> {
  try {
    const { success } = await limiter.limit({ key: `${id}${key}` })
    return success
      ? { kind: 'admitted', standings: [] }
      : { kind: 'refused', retryAfterMs: 1000, standings: [] }
  } catch (cause) {
    return { kind: 'failed', reason: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** An overloaded object refuses: a flood must not open the way. */
function judge(id: string, outcome: Outcome, { holds, now }: Counter): Verdict {
  if (outcome.kind === 'failed') return outcome
  const from = now()
  if (outcome.kind === 'overloaded') {
    const retryAfterMs = OVERLOAD_MS * (0.5 + Math.random())
    holds.set(id, { from, until: from + retryAfterMs, standings: [] })
    return { kind: 'refused', retryAfterMs, standings: [] }
  }
  const { granted, standings, retryAfterMs, holdOffMs } = outcome.answer
  if (granted > 0) return { kind: 'admitted', standings }
  holds.set(id, { from, until: from + holdOffMs, standings })
  return { kind: 'refused', retryAfterMs: Math.max(retryAfterMs, holdOffMs), standings }
}

/** The refusal that still counts. A clock that was set back ends it. */
function findHold({ id }: Place, { holds, now }: Counter): Verdict | undefined {
  const hold = holds.get(id)
  if (hold === undefined) return undefined
  const time = now()
  if (time < hold.from || time >= hold.until) {
    holds.delete(id)
    return undefined
  }
  return { kind: 'refused', retryAfterMs: hold.until - time, standings: hold.standings }
}
