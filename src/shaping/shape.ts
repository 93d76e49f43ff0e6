import { createBlacklist } from './blacklist.ts'
import { COLLECTION, createUnwrapping, wrapCollection } from './collection.ts'
import { createFlatmap } from './flatmap.ts'
import { createGroup } from './group.ts'
import { createMapping, mappedName } from './mapping.ts'
import { createTarget } from './target.ts'
import type { Shaper, Shaping } from './types.ts'
import { createWhitelist } from './whitelist.ts'

/**
 * Compiles what happens to the answer of a backend that is alone: target, then flatmap or else whitelist or blacklist
 * and mapping, then group (the original's order). The shaper takes its argument over and may change it in place.
 */
export function createShaper(shaping: Shaping): Shaper {
  const steps = stepsOf(shaping)
  return (value) => steps.reduce((shaped, step) => step(shaped), value)
}

/** The same for a backend among several: a collection without a group keeps its key, so that it can be merged. */
export const createPartShaper = (shaping: Shaping): Shaper =>
  createShaper(shaping.group === '' ? { ...shaping, wrapsCollection: true } : shaping)

function stepsOf(shaping: Shaping): readonly Shaper[] {
  const edits = editsOf(shaping)
  const group = shaping.group === '' ? [] : [createGroup(shaping.group)]
  if (!shaping.isCollection) return [...edits, ...group]
  if (shaping.wrapsCollection) return [wrapCollection, ...edits, ...group]
  if (edits.length === 0) return group
  const name = mappedName(shaping.mapping, COLLECTION)
  return [wrapCollection, ...edits, createUnwrapping(name), ...group]
}

function editsOf({ target, flatmap, whitelist, blacklist, mapping }: Shaping): readonly Shaper[] {
  const edits: Shaper[] = []
  if (target.length > 0) edits.push(createTarget(target))
  if (flatmap.length > 0) return [...edits, createFlatmap(flatmap)]
  if (whitelist.length > 0) edits.push(createWhitelist(whitelist))
  else if (blacklist.length > 0) edits.push(createBlacklist(blacklist))
  if (mapping.length > 0) edits.push(createMapping(mapping))
  return edits
}
