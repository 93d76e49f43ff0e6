import type { Complaint } from '../../src/config/diagnostics.ts'
import type { Component, System } from '../system/model.ts'
import { checkClaim, claimsOf } from './claims.ts'
import type { Cluster, Where } from './cluster.ts'
import { checkImmutable } from './immutable.ts'
import { STACK_LABEL } from './labels.ts'
import { filesName } from './pod.ts'
import { statefulSetOf } from './workload.ts'

/** What a cluster holds that a system cannot be brought over, of this stack or of others: all of it, before anything changes. */
export async function survey(
  system: System,
  cluster: Cluster,
  where: Where,
): Promise<readonly Complaint[]> {
  const [foreign, own] = await Promise.all([
    strangers(system, cluster, where),
    obstacles(system, cluster, where),
  ])
  return [...foreign, ...own]
}

/** Objects of others with names that we need. */
async function strangers(
  { components }: System,
  cluster: Cluster,
  { namespace, stack }: Where,
): Promise<readonly Complaint[]> {
  const planned = new Set(components.flatMap(namesOf))
  return (await cluster.inventory(namespace))
    .filter(
      ({ kind, name, labels }) => planned.has(`${kind} ${name}`) && labels[STACK_LABEL] !== stack,
    )
    .map(({ kind, name, labels }) => {
      const owner = labels[STACK_LABEL]
      const whose = owner === undefined ? 'not made by cb-bridge' : `of the stack "${owner}"`
      const message = `There is a ${kind} "${name}" in the namespace "${namespace}" that is ${whose}.`
      return { message, hint: 'Remove it, or set another "namespace".' }
    })
}

function namesOf(component: Component): readonly string[] {
  const { name, volumes } = component
  return [
    `ConfigMap ${name}`,
    `ConfigMap ${filesName(name)}`,
    `Secret ${name}`,
    `Service ${name}`,
    `${volumes.length === 0 ? 'Deployment' : 'StatefulSet'} ${name}`,
    ...claimsOf(component).map((claim) => `PersistentVolumeClaim ${claim.name}`),
  ]
}

/** What this stack has and cannot change into what is wanted. */
async function obstacles(
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
