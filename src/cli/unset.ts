import { type MissingFault, missingFault } from '../plan/conceal.ts'
import type { Configuration } from './configuration.ts'
import type { Lookup } from './values.ts'

/** The references that have neither a value nor a default, each name once, where it first stands. */
export function findUnset({ references }: Configuration, lookup: Lookup): readonly MissingFault[] {
  const unset = new Map<string, MissingFault>()
  for (const { name, hasDefault, place } of references) {
    if (hasDefault || unset.has(name) || lookup(name) !== undefined) continue
    unset.set(name, missingFault(name, place))
  }
  return [...unset.values()]
}
