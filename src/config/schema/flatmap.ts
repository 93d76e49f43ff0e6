import * as z from 'zod'
import { at, isPlainMap } from '../conform.ts'
import type { Fault, Place } from '../diagnostics.ts'
import { hasReference } from '../references.ts'
import { oneOf } from './scalars.ts'

const OPERATIONS = ['move', 'del', 'append']

/** One operation of `flatmap_filter`. */
export const flatmapOperation = z
  .object({
    type: oneOf('operation', OPERATIONS).describe('`move`, `del` or `append`.'),
    args: z
      .array(z.string())
      .default([])
      .describe('Dotted paths, `*` for every child: two for move and append, any number for del.'),
  })
  .superRefine(({ type, args }, context) => {
    if (type === 'del' || hasReference(type) || args.length === 2) return
    const message = `"${type}" takes two paths: from and to.`
    context.addIssue({ code: 'custom', path: ['args'], message })
  })

/**
 * Drops from a `flatmap_filter` what the original ignores, with a warning each: entries that are no operation, unknown
 * operations, and paths beyond the second of a move.
 */
export function usableOperations(
  list: readonly unknown[],
  place: Place,
  report: (fault: Fault) => void,
): readonly unknown[] {
  const warn = (index: number, message: string, hint: string) =>
    report({ severity: 'warning', message, hint, place: at(place, index) })
  return list.flatMap((entry, index): unknown[] => {
    const type = isPlainMap(entry) ? entry['type'] : undefined
    if (!isPlainMap(entry) || typeof type !== 'string') {
      warn(index, 'This is no operation; it is ignored.', 'Write {type: move, args: [from, to]}.')
      return []
    }
    if (!OPERATIONS.includes(type.toLowerCase()) && !hasReference(type)) {
      warn(index, 'This operation is not known; it is ignored.', 'Write move, del or append.')
      return []
    }
    const args = entry['args']
    if (type.toLowerCase() === 'del' || !Array.isArray(args) || args.length <= 2) return [entry]
    warn(index, 'What follows the second path is ignored.', 'Check the indentation.')
    return [{ ...entry, args: args.slice(0, 2) as unknown[] }]
  })
}
