import type * as z from 'zod'
import { at, conform } from '../src/config/conform.ts'
import type { Fault, Place } from '../src/config/diagnostics.ts'
import { faultsOf } from '../src/config/issues.ts'
import { findReferences } from '../src/config/references.ts'
import { nearest } from '../src/lib/nearest.ts'

/** What a schema makes of data, unless it cannot be used, and everything that is wrong with it. */
export interface Decoded<T> {
  readonly value: T | undefined
  /** All of them errors; there may be a value nevertheless, so that what it means is judged in the same run. */
  readonly faults: readonly Fault[]
}

/** Decodes plain data. A key that the schema does not know is an error, and so is a reference: nobody would fill it. */
export function decode<S extends z.ZodType>(
  schema: S,
  data: unknown,
  place: Place,
): Decoded<z.output<S>> {
  const faults: Fault[] = []
  const conformed = conform(schema, data ?? {}, place, {
    ignoresCase: false,
    report: (fault) => faults.push(fault),
    onUnknownKey: (at, known) => faults.push(unknownKey(at, known)),
  })
  for (const { path } of findReferences(conformed)) {
    faults.push({ ...UNFILLED, place: at(place, ...path) })
  }
  const checked = schema.safeParse(conformed)
  if (!checked.success) faults.push(...faultsOf(checked.error, conformed, place))
  return { value: checked.data, faults }
}

const UNFILLED = {
  severity: 'error',
  message: 'References (${NAME}) are not filled in here.',
  hint: 'Write the value itself.',
} as const

function unknownKey(place: Place, known: readonly string[]): Fault {
  const key = String(place.path.at(-1))
  return { severity: 'error', message: `Unknown key "${key}".`, hint: guess(key, known), place }
}

/** What somebody may have meant by a name that does not exist. */
export function guess(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${near}"?`
}
