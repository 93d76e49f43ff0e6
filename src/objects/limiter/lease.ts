import type { Answer, Asked, LimitRule, Standing } from '../../ports/limiter.ts'

/**
 * How long an isolate may spend what it was granted, from when it asked. So where an `exact` rule would admit n in some
 * time, a leased one admits at most n and what can be granted in two seconds: twice the rate. Shorter leases would make
 * a thousand isolates of little demand ask more than one object can answer.
 */
const LEASE_MS = 2000

/** Below this nothing is asked for ahead of time: the next request may never come. */
const SMALLEST_AHEAD = 8

/** Tokens that were granted at once. */
interface Grant {
  left: number
  readonly size: number
  /** On the clock of the object. */
  readonly grantedAt: number
  /** On the clock of the isolate: when it asked. */
  readonly from: number
}

/** Tokens of one key that an isolate holds: spent without asking, asked for by demand. */
export interface Lease {
  /** Spends tokens; false when the isolate holds too few. */
  readonly spend: (cost: number, now: number) => boolean
  /** Whether it is time to ask in the background: the rest is less than half. */
  readonly isLow: (now: number) => boolean
  /** The question to ask next. Until `add`, and for the rule's budget at most, `isAsking` is true. */
  readonly ask: (rule: LimitRule, key: string, now: number) => Asked
  readonly isAsking: (now: number) => boolean
  /** Whether the last answer held less than was asked for: there is no more to be had. */
  readonly isScarce: () => boolean
  /** Takes the answer to a question of that time. */
  readonly add: (answer: Answer, askedAt: number) => void
  readonly standings: () => readonly Standing[]
}

/** Nothing is held before the first question. */
export function createLease(): Lease {
  const grants: Grant[] = []
  let unspent: Asked['returned']
  let demand = 1
  let asking = { from: 0, forMs: 0, most: 0 }
  let isScarce = false
  let known: readonly Standing[] = []

  const retire = (grant: Grant, now: number) => {
    demand = demandOf(grant, now)
    if (grant.left === 0) return
    const grantedAt = Math.min(unspent?.grantedAt ?? grant.grantedAt, grant.grantedAt)
    unspent = { tokens: (unspent?.tokens ?? 0) + grant.left, grantedAt }
  }
  const current = (cost: number, now: number): Grant | undefined => {
    for (let grant = grants[0]; grant !== undefined; grant = grants[0]) {
      if (grant.left >= cost && isWithin(grant.from, LEASE_MS, now)) return grant
      retire(grant, now)
      grants.shift()
    }
    return undefined
  }
  return {
    spend: (cost, now) => {
      const grant = current(cost, now)
      if (grant === undefined) return false
      grant.left -= cost
      return true
    },
    isLow: (now) => {
      const [grant, next] = grants
      if (grant === undefined || next !== undefined || grant.size < SMALLEST_AHEAD) return false
      if (grant.left * 2 >= grant.size) return false
      demand = demandOf(grant, now)
      return true
    },
    ask: (rule, key, now) => {
      const returned = unspent
      unspent = undefined
      const least = Math.max(rule.cost, Math.min(smallestGrant(rule), demand))
      const most = Math.max(least, demand)
      asking = { from: now, forMs: rule.budgetMs, most }
      const asked = { key, limits: rule.limits, least, most }
      return returned === undefined ? asked : { ...asked, returned }
    },
    isAsking: (now) => isWithin(asking.from, asking.forMs, now),
    isScarce: () => isScarce,
    add: ({ granted, at, standings }, askedAt) => {
      isScarce = granted < asking.most
      asking = { from: 0, forMs: 0, most: 0 }
      known = standings
      if (granted > 0) grants.push({ left: granted, size: granted, grantedAt: at, from: askedAt })
    },
    standings: () => {
      const held = grants.reduce((sum, { left }) => sum + left, 0)
      return known.map((standing) => ({ ...standing, left: standing.left + held }))
    },
  }
}

/** What would be spent in the life of a grant at the pace of this one; at most four times as much as it held. */
function demandOf({ size, left, from }: Grant, now: number): number {
  const elapsedMs = Math.max(1, now - from)
  return Math.max(1, Math.min(4 * size, Math.ceil(((size - left) * LEASE_MS) / elapsedMs)))
}

/** Where tokens are scarce, isolates come for a hundredth of a second's rate, not for each token. */
function smallestGrant({ limits, cost }: LimitRule): number {
  const rates = limits.flatMap((limit) => (limit.kind === 'bucket' ? [limit.perSecond] : []))
  const capacity = Math.min(...limits.map((limit) => limit.capacity))
  return Math.max(cost, Math.min(Math.ceil(Math.max(0, ...rates) / 100), Math.floor(capacity)))
}

/** A clock that was set back ends the time as well. */
const isWithin = (from: number, ms: number, now: number): boolean => now >= from && now < from + ms
