import type { Complaint, Fault, Place, Severity } from '../config/diagnostics.ts'
import { parseDuration } from '../lib/duration.ts'

/** Collects what is wrong while a document is compiled. */
export interface Checks {
  readonly faults: readonly Fault[]
  readonly error: (place: Place, complaint: Complaint) => void
  readonly warn: (place: Place, complaint: Complaint) => void
  /** Whether a value still waits for its `${NAME}` and cannot be judged; never so in a filled document. */
  readonly isOpen: (value: unknown) => boolean
}

/** A new collection; the same fault at the same place (seen through each backend that inherits it) counts once. */
export function createChecks(isOpen: Checks['isOpen']): Checks {
  const faults = new Map<string, Fault>()
  const add = (severity: Severity) => (place: Place, complaint: Complaint) => {
    const fault = { severity, ...complaint, place }
    faults.set(JSON.stringify(fault), fault)
  }
  return {
    get faults() {
      return [...faults.values()]
    },
    error: add('error'),
    warn: add('warning'),
    isOpen,
  }
}

/** The place of a key or index below another place. */
export const below = (place: Place, ...keys: readonly (string | number)[]): Place => ({
  file: place.file,
  path: [...place.path, ...keys],
})

/** Milliseconds of a duration; 0 while it is open, or when it is none (which is an error). */
export function readDuration(text: string, place: Place, checks: Checks): number {
  if (checks.isOpen(text)) return 0
  const ms = parseDuration(text)
  if (ms !== undefined && ms >= 0) return ms
  checks.error(place, {
    message: 'This is no duration.',
    hint: 'Write one like 2s, 1m30s or 250ms.',
  })
  return 0
}

/** A number that may still be a text with a reference: `whenOpen` then. */
export function readNumber(
  value: number | string,
  whenOpen: number,
  place: Place,
  checks: Checks,
): number {
  if (typeof value === 'number') return value
  if (!checks.isOpen(value)) checks.error(place, { message: 'This is no number.' })
  return whenOpen
}

/** A switch that may still be a text with a reference: off then. */
export function readFlag(value: boolean | string, place: Place, checks: Checks): boolean {
  if (typeof value === 'boolean') return value
  if (!checks.isOpen(value)) {
    checks.error(place, { message: 'This is neither true nor false.' })
  }
  return false
}
