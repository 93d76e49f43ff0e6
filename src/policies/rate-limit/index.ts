import { refuse } from '../../http/refuse.ts'
import { enforce } from '../../limits/enforce.ts'
import { limitHeaders, type Report } from '../../limits/headers.ts'
import { createRule, type Rule } from '../../limits/rule.ts'
import { definePolicy } from '../policy.ts'
import { type Options, options, rulesOf } from './options.ts'

/**
 * Limits requests by client and by endpoint. Rules are asked in order until one refuses; what those before it have
 * counted stays counted, as in cb-restapigw.
 */
export const rateLimit = definePolicy({
  summary: 'Limits how many requests an endpoint takes, in all and from each client.',
  level: 'endpoint',
  options,
  isOff: (given) => rulesOf(given).length === 0,
  limits: (given, { endpoint }) => compile(given, endpoint),
  build: (given, { ports, endpoint }) => {
    const rules = compile(given, endpoint)
    const style = given.headers ?? 'standard'
    return async (c, next) => {
      const exchange = c.get('exchange')
      const reports: Report[] = []
      for (const rule of rules) {
        const asked = enforce(rule, ports.limiter, exchange, style)
        const decision = asked instanceof Promise ? await asked : asked
        if (decision.kind === 'refuse') return refuse(c, decision.failure)
        if (decision.standings.length > 0) reports.push({ rule, standings: decision.standings })
      }
      await next()
      if (reports.length === 0) return undefined
      const headers = limitHeaders(reports, style)
      for (const name in headers) c.res.headers.set(name, headers[name] ?? '')
      return undefined
    }
  },
})

const compile = (given: Options, endpoint: string): readonly Rule[] =>
  rulesOf(given).map((settings) => createRule(settings, [endpoint, settings.name]))
