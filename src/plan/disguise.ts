import { fill, findReferences } from '../config/references.ts'

/** A document before its references were filled, so that nothing that was filled in is ever shown. */
export interface Before<T> {
  readonly document: T
  /** The names that the host supplied; defaults stand in the file and are no secret. */
  readonly supplied: (name: string) => boolean
}

/**
 * What may be shown instead of a filled text: each supplied part as its `${NAME}`, or as `show` makes it. Undefined when
 * there are none.
 */
export function disguise(
  before: Before<unknown> | undefined,
  unfilled: string | undefined,
  show = (name: string) => `\${${name}}`,
): string | undefined {
  if (before === undefined || unfilled === undefined) return undefined
  if (suppliedNames(before, unfilled).length === 0) return undefined
  const shown = fill(unfilled, (name) => (before.supplied(name) ? show(name) : undefined))
  return shown.ok ? shown.value : undefined
}

/** The names of the supplied references of a text, in order. */
export function suppliedNames(before: Before<unknown>, unfilled: string): readonly string[] {
  return findReferences(unfilled)
    .map(({ name }) => name)
    .filter((name) => before.supplied(name))
}
