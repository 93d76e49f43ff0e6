import { isPlainMap } from '../../src/config/conform.ts'
import type { Complaint } from '../../src/config/diagnostics.ts'

/** Fields of a StatefulSet's spec that the API server never lets change (`ValidateStatefulSetUpdate`). */
const FIELDS = ['serviceName', 'selector', 'podManagementPolicy', 'volumeClaimTemplates'] as const

/** A field that is to change but cannot. */
interface Difference {
  readonly field: string
  readonly is: unknown
  readonly wanted: unknown
}

/**
 * The immutable fields of a StatefulSet that a change would touch. Compared is what we set: the API server adds
 * defaults. The size of a claim template is no field of these: the claims themselves are patched.
 */
export function checkImmutable(name: string, live: unknown, wanted: unknown): readonly Complaint[] {
  return FIELDS.flatMap((field) => differences(`spec.${field}`, at(live, field), at(wanted, field)))
    .filter(({ field }) => !field.endsWith('.resources.requests.storage'))
    .map(({ field, is, wanted }) => ({
      message: `${name}: ${field} of its StatefulSet cannot change from ${print(is)} to ${print(wanted)}.`,
      hint: 'Run "down" and then "up": its data stays.',
    }))
}

const at = (value: unknown, key: string): unknown => (isPlainMap(value) ? value[key] : undefined)

function differences(field: string, is: unknown, wanted: unknown): readonly Difference[] {
  if (wanted === undefined) return []
  if (Array.isArray(wanted) && Array.isArray(is) && is.length === wanted.length) {
    return wanted.flatMap((item: unknown, i) => differences(`${field}[${i}]`, is[i], item))
  }
  if (isPlainMap(wanted) && isPlainMap(is)) {
    return Object.entries(wanted).flatMap(([key, inner]) =>
      differences(`${field}.${key}`, is[key], inner),
    )
  }
  return is === wanted ? [] : [{ field, is, wanted }]
}

const print = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))
