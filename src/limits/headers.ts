import type { Limit, Standing } from '../ports/limiter.ts'
import type { Rule } from './rule.ts'

/** Which headers tell a client about its limits. */
export type HeaderStyle = 'standard' | 'legacy' | 'both' | 'off'

/** A rule and what is left of its limits. */
export interface Report {
  readonly rule: Rule
  readonly standings: readonly Standing[]
}

/**
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10: lists of strings with parameters, RFC
 * 9651), or the older `X-RateLimit-*` of the limit that has least left.
 */
export function limitHeaders(
  reports: readonly Report[],
  style: HeaderStyle,
): Readonly<Record<string, string>> {
  const items = reports.flatMap(itemsOf)
  if (items.length === 0 || style === 'off') return {}
  return {
    ...(style !== 'legacy' && {
      ratelimit: items
        .map(({ name, left, resetS }) => `"${name}";r=${left};t=${resetS}`)
        .join(', '),
      'ratelimit-policy': items
        .map(({ name, quota, windowS }) => `"${name}";q=${quota};w=${windowS}`)
        .join(', '),
    }),
    ...(style !== 'standard' && legacyHeaders(items)),
  }
}

interface Item {
  readonly name: string
  readonly left: number
  readonly resetS: number
  readonly quota: number
  readonly windowS: number
}

const itemsOf = ({ rule, standings }: Report): readonly Item[] =>
  rule.counted.limits.flatMap((limit) => {
    const standing = standings.find(({ name }) => name === limit.name)
    if (standing === undefined) return []
    const name = limit.kind === 'bucket' ? rule.name : `${rule.name}-${limit.name}`
    const resetS = Math.ceil(standing.resetMs / 1000)
    return [{ name, left: standing.left, resetS, ...policyOf(limit) }]
  })

/** A bucket as the quota of the whole seconds in which it fills. */
function policyOf(limit: Limit): Pick<Item, 'quota' | 'windowS'> {
  if (limit.kind === 'window') return { quota: limit.capacity, windowS: limit.periodMs / 1000 }
  const windowS = Math.max(1, Math.round(limit.capacity / limit.perSecond))
  return { quota: Math.floor(limit.perSecond * windowS + 1e-9), windowS }
}

function legacyHeaders(items: readonly Item[]): Readonly<Record<string, string>> {
  const tightest = items.reduce((a, b) => (b.left < a.left ? b : a))
  return {
    'x-ratelimit-limit': String(tightest.quota),
    'x-ratelimit-remaining': String(tightest.left),
    'x-ratelimit-reset': String(tightest.resetS),
  }
}
