import type { Context } from 'hono'
import type { Result } from '../lib/result.ts'
import type { GatewayEnv, Identity } from './context.ts'
import type { Failure } from './failure.ts'

/** Looks at a request without its body and decides whether it may pass; changes nothing. */
export type Judge = (c: Context<GatewayEnv>) => Verdict | Promise<Verdict>

/** Who a request comes from (where the judge can tell), or what it is refused with. */
export type Verdict = Result<Identity | undefined, Failure>

/** What two proofs say together: the first tells who the client is; what else they claim and upstreams are told, both. */
export function joinIdentities(
  first: Identity | undefined,
  second: Identity | undefined,
): Identity | undefined {
  if (first === undefined || second === undefined) return first ?? second
  const claims = { ...second.claims, ...first.claims }
  return { ...first, claims, headers: [...(first.headers ?? []), ...(second.headers ?? [])] }
}
