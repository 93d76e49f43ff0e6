import type { MiddlewareHandler } from 'hono'
import type * as z from 'zod'
import type { GatewayEnv } from '../http/context.ts'
import type { Installation } from '../http/installation.ts'
import { type Judge, joinIdentities } from '../http/judge.ts'
import { refuse } from '../http/refuse.ts'
import type { Policy, Remark } from './policy.ts'

/** Declares a policy of an endpoint that only decides who may pass, so that `mw-access` can combine it with others. */
export function defineJudge<S extends z.ZodObject>(policy: {
  readonly summary: string
  readonly options: S
  readonly shows: readonly string[]
  /** Names of headers that end here. Lower-case. */
  readonly keeps: (options: z.output<S>) => readonly string[]
  readonly judge: (options: z.output<S>, installation: Installation) => Judge
  readonly remarks?: (options: z.output<S>) => readonly Remark[]
}): Policy {
  const { summary, options, shows } = policy
  const judge = (given: Readonly<Record<string, unknown>>, installation: Installation) =>
    policy.judge(options.parse(given), installation)
  return {
    summary,
    level: 'endpoint',
    options,
    shows,
    keeps: (given) => policy.keeps(options.parse(given)),
    remarks: (given) => policy.remarks?.(options.parse(given)) ?? [],
    judge,
    build: (given, installation) => admit(judge(given, installation)),
  }
}

/** Middleware that lets pass whom a judge lets pass. */
export const admit =
  (judge: Judge): MiddlewareHandler<GatewayEnv> =>
  async (c, next) => {
    const verdict = await judge(c)
    if (!verdict.ok) return refuse(c, verdict.error)
    const exchange = c.get('exchange')
    const identity = joinIdentities(exchange.identity, verdict.value)
    if (identity !== undefined) exchange.identity = identity
    return next()
  }
