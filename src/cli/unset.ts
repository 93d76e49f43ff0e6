import type { Fault } from '../config/diagnostics.ts'
import { missingFault } from '../plan/conceal.ts'
import type { Configuration } from './configuration.ts'
import type { Lookup } from './values.ts'

/** A reference that can not be filled. */
export interface Unset extends Fault {
  readonly name: string
}

/** The references that have neither a value nor a default, each name once, where it first stands. */
export function findUnset({ references }: Configuration, lookup: Lookup): readonly Unset[] {
  const unset = new Map<string, Unset>()
  for (const { name, hasDefault, place } of references) {
    if (hasDefault || unset.has(name) || lookup(name) !== undefined) continue
    unset.set(name, { ...missingFault(name, place), name })
  }
  return [...unset.values()]
}
