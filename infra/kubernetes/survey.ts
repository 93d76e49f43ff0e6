import type { Complaint } from '../../src/config/diagnostics.ts'
import type { System } from '../system/model.ts'
import { checkClaim, claimsOf } from './claims.ts'
import type { Cluster, Where } from './cluster.ts'
import { checkImmutable } from './immutable.ts'
import { statefulSetOf } from './workload.ts'

/** What a cluster holds of this stack already that a system cannot be brought over: all of it, before anything changes. */
export async function survey(
  { components }: System,
  cluster: Cluster,
  where: Where,
): Promise<readonly Complaint[]> {
  const stateful = components.filter(({ volumes }) => volumes.length > 0)
  if (stateful.length === 0) return []
  const [sets, claims] = await Promise.all([cluster.statefulSets(where), cluster.claims(where)])
  const refused = stateful.flatMap((component) => {
    const live = sets[component.name]
    const { spec } = statefulSetOf(component, where, '')
    return live === undefined ? [] : checkImmutable(component.name, live, spec)
  })
  const wanted = stateful.flatMap(claimsOf)
  const claimed = await Promise.all(
    wanted.map(async (want) => {
      const claim = claims[want.name]
      return claim === undefined ? [] : checkClaim(want, claim, cluster.isExpandable)
    }),
  )
  return [...claimed.flat(), ...refused]
}
