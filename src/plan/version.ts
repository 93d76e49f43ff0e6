import type { Document } from '../config/document.ts'
import { sha256 } from '../lib/sha256.ts'

/** SHA-256, in hex, of the document as canonical JSON: the name of a snapshot, equal for equal meaning. */
export const hashDocument = (document: Document): Promise<string> => sha256(canonical(document))

/** JSON with sorted keys; a `mapping` keeps its order, which has a meaning. */
export function canonical(value: unknown, key = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join()}]`
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  if (key !== 'mapping') entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item, name)}`).join()}}`
}
