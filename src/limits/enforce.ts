import type { Exchange } from '../http/context.ts'
import type { Failure } from '../http/failure.ts'
import type { LimitSample } from '../ports.ts'
import type { Limiter, Standing, Verdict } from '../ports/limiter.ts'
import { type HeaderStyle, limitHeaders } from './headers.ts'
import { keyOf } from './key.ts'
import type { Rule } from './rule.ts'

/** What a rule says about a request. */
export type Decision =
  | { readonly kind: 'pass'; readonly standings: readonly Standing[] }
  | { readonly kind: 'refuse'; readonly failure: Failure }

/**
 * Asks a rule about a request; what is unusual about the outcome goes to log and metrics. What a lease decides is
 * decided at once, without a promise.
 */
export function enforce(
  rule: Rule,
  limiter: Limiter,
  exchange: Exchange,
  style: HeaderStyle,
): Decision | Promise<Decision> {
  const ask = (key: string): Decision | Promise<Decision> => {
    const verdict = limiter.take(rule.counted, key, exchange.later)
    return verdict instanceof Promise
      ? verdict.then((settled) => judge(rule, settled, exchange, style))
      : judge(rule, verdict, exchange, style)
  }
  if (rule.keys.length === 0) return ask('')
  return keyOf(rule.keys, exchange).then((key) =>
    key === undefined ? refuse(rule, exchange, { kind: 'no-limit-key' }) : ask(key),
  )
}

function judge(rule: Rule, verdict: Verdict, exchange: Exchange, style: HeaderStyle): Decision {
  switch (verdict.kind) {
    case 'admitted':
      return { kind: 'pass', standings: rule.isShadow ? [] : verdict.standings }
    case 'refused':
      return refuse(rule, exchange, {
        kind: 'rate-limited',
        status: rule.status,
        retryAfterS: Math.max(1, Math.ceil((verdict.retryAfterMs - JITTER_MS) / 1000)),
        headers: limitHeaders([{ rule, standings: verdict.standings }], style),
      })
    case 'failed':
      exchange.error = `rate limit "${rule.name}": ${verdict.reason}`
      note(exchange, rule, rule.failsOpen || rule.isShadow ? 'open' : 'closed')
      return rule.failsOpen || rule.isShadow
        ? PASS
        : { kind: 'refuse', failure: { kind: 'limiter-unavailable' } }
  }
}

/** A hold-off is a little longer than the wait for a token; nobody has to wait a second more for that. */
const JITTER_MS = 100

const PASS: Decision = { kind: 'pass', standings: [] }

function refuse(rule: Rule, exchange: Exchange, failure: Failure): Decision {
  note(exchange, rule, rule.isShadow ? 'shadow' : 'refused')
  return rule.isShadow ? PASS : { kind: 'refuse', failure }
}

function note(exchange: Exchange, { name }: Rule, outcome: LimitSample['outcome']): void {
  exchange.limits ??= []
  exchange.limits.push({ rule: name, outcome })
}
