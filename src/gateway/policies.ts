import type { MiddlewareHandler } from 'hono'
import type { GatewayEnv } from '../http/context.ts'
import type { Installation } from '../http/installation.ts'
import type { Installed } from '../plan/types.ts'
import { policies } from '../policies/index.ts'

type Place = Omit<Installation, 'judges'>

/** The middleware of installed policies, in their order. */
export const buildPolicies = (
  installed: readonly Installed[],
  place: Place,
): readonly MiddlewareHandler<GatewayEnv>[] =>
  installed.map(({ key, options, members = [] }) => {
    const policy = policies[key]
    // A plan that names what this version has not must not run without it.
    if (policy === undefined) throw new Error(`there is no policy ${key}`)
    return policy.build(options, { ...place, judges: judgesOf(members, place) })
  })

function judgesOf(members: readonly Installed[], place: Place): Installation['judges'] {
  return new Map(
    members.flatMap(({ key, options }) => {
      const judge = policies[key]?.judge?.(options, { ...place, judges: new Map() })
      return judge === undefined ? [] : [[key, judge] as const]
    }),
  )
}
