import type { CheckFailure } from '@pulumi/pulumi/provider/index.js'
import type * as z from 'zod'
import { hasUnknown, type Properties } from './values.ts'

/** What a schema finds wrong with inputs. What is not known yet is not judged. */
export function failuresOf(schema: z.ZodType, given: Properties): readonly CheckFailure[] {
  const checked = schema.safeParse(given)
  if (checked.success) return []
  return checked.error.issues
    .filter(({ path: [key] }) => !hasUnknown(given[String(key)]))
    .map(({ path, message }) => ({ property: path.join('.'), reason: message }))
}
