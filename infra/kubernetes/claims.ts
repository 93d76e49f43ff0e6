import type { Complaint } from '../../src/config/diagnostics.ts'
import { parseQuantity } from '../quantity.ts'
import type { Component, Volume } from '../system/model.ts'
import type { Claim } from './cluster.ts'

/** A claim of a component's pods, and what is asked for. */
export interface WantedClaim {
  /** As the StatefulSet controller names it. */
  readonly name: string
  readonly component: string
  readonly volume: Volume
}

/** The claims of a component: each pod has one for each volume. */
export function claimsOf({ name, replicas, volumes }: Component): readonly WantedClaim[] {
  return volumes.flatMap((volume) =>
    Array.from({ length: replicas }, (_, ordinal) => ({
      name: `${volume.name}-${name}-${ordinal}`,
      component: name,
      volume,
    })),
  )
}

/**
 * What a claim that is there does not allow. Volumes hold data: they may grow where their class allows it, and nothing
 * else. Never are they replaced.
 */
export async function checkClaim(
  { component, volume }: WantedClaim,
  claim: Claim,
  isExpandable: (storageClass: string) => Promise<boolean>,
): Promise<readonly Complaint[]> {
  const name = `The volume "${volume.name}" of ${component}`
  if (volume.class !== undefined && volume.class !== claim.class) {
    const message = `${name} is of class "${claim.class ?? ''}" and cannot move to "${volume.class}".`
    return [{ message, hint: MOVE }]
  }
  const growth = bytes(volume.size) - bytes(claim.size)
  if (growth < 0) {
    const hint = `Set "storage.${component}" to ${claim.size} or more.`
    return [{ message: `${name} has ${claim.size} and cannot shrink to ${volume.size}.`, hint }]
  }
  if (growth === 0 || (claim.class !== undefined && (await isExpandable(claim.class)))) return []
  const message = `${name} cannot grow from ${claim.size} to ${volume.size}: its class "${claim.class ?? ''}" does not allow it.`
  return [{ message, hint: MOVE }]
}

const MOVE = 'To have another volume, save the data, run "down --delete-data" and begin anew.'

const bytes = (quantity: string): number => parseQuantity(quantity) ?? 0
