import type { Fault, Place } from '../config/diagnostics.ts'
import { findReferences } from '../config/references.ts'
import { withWrittenAuth } from '../config/schema/read-system.ts'
import { below } from './checks.ts'
import type { Unfilled } from './types.ts'

/** The values of references as the host has them. */
export interface Lookup {
  readonly get: (name: string) => string | undefined
  /** All that were found so far. */
  readonly values: () => readonly string[]
}

/** One error for each name that has neither a value nor a default, at the first place that needs it. */
export function findMissing(
  { system, site, definitions }: Unfilled,
  lookup: Lookup,
): readonly Fault[] {
  const parts = [
    ...(site
      ? [{ document: withWrittenAuth(system), place: { file: system.file, path: [] } }]
      : []),
    ...definitions.map(({ definition, place }) => ({ document: definition as unknown, place })),
  ]
  const faults = new Map<string, Fault>()
  for (const { document, place } of parts) {
    for (const { name, hasDefault, path } of findReferences(document)) {
      if (hasDefault || faults.has(name) || lookup.get(name) !== undefined) continue
      faults.set(name, missingFault(name, below(place, ...path)))
    }
  }
  return [...faults.values()]
}

/** A `${NAME}` that can not be filled. */
export type MissingFault = Fault & { readonly missing: string }

/** That a name has no value, as `check` and activation say it. */
export const missingFault = (name: string, place: Place): MissingFault => ({
  severity: 'error',
  message: `\${${name}} has no value.`,
  hint: `Set ${name} as a variable or secret, or write \${${name}:-default}.`,
  missing: name,
  place,
})

/**
 * A fault of a filled document without what was filled in: where the faulty text held references they are named
 * instead, and values that stand in messages about other texts become `***`.
 */
export function conceal(fault: Fault, unfilled: Unfilled, lookup: Lookup): Fault {
  const { severity, message, hint, place } = fault
  const names = findReferences(unfilledAt(place, unfilled))
    .map(({ name }) => name)
    .filter((name) => lookup.get(name) !== undefined)
  if (names.length > 0) {
    const list = [...new Set(names)].map((name) => `\${${name}}`).join(', ')
    return { severity, message: `The value of ${list} does not fit here.`, place }
  }
  const hide = (text: string) => scrub(text, lookup.values())
  return {
    severity,
    message: hide(message),
    ...(hint !== undefined && { hint: hide(hint) }),
    place,
  }
}

/** What stood at a place before it was filled. */
function unfilledAt({ file, path }: Place, { system, definitions }: Unfilled): unknown {
  const item = definitions.find(
    ({ place }) => place.file === file && place.path.every((key, index) => key === path[index]),
  )
  const root: unknown =
    item === undefined
      ? file === system.file
        ? withWrittenAuth(system)
        : undefined
      : item.definition
  return path.slice(item?.place.path.length ?? 0).reduce<unknown>(step, root)
}

const step = (value: unknown, key: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string | number, unknown>>)[key]
    : undefined

/** Longest first, so that no value leaves the rest of a longer one; without regard to case, as paths are folded. */
function scrub(text: string, values: readonly string[]): string {
  const longestFirst = values
    .filter((value) => value !== '')
    .toSorted((a, b) => b.length - a.length)
  return longestFirst.reduce(
    (scrubbed, value) =>
      scrubbed.replaceAll(new RegExp(value.replaceAll(/[^\w]/g, String.raw`\$&`), 'gi'), '***'),
    text,
  )
}
