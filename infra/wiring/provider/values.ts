import { isPlainMap } from '../../../src/config/conform.ts'

/** Properties as the engine sends them: secrets are wrapped. */
export type Properties = Readonly<Record<string, unknown>>

/** The engine's signature of special values, and of secrets among them (`pkg/resource/plugin/rpc.go`). */
const SIGNATURE = '4dabf18193072939515e22adb298388d'
const SECRET = '1b47061264138c4ac30d75fd1eb44270'
/** What stands for a text that is not known before a change (same source). */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'

/** Wraps a value so that the engine keeps and shows it as a secret. */
export const asSecret = (value: unknown): Properties => ({ [SIGNATURE]: SECRET, value })

/** The same without the wraps of secrets, at any depth. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (!isPlainMap(value)) return value
  if (value[SIGNATURE] === SECRET) return bare(value['value'])
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bare(inner)]))
}

/** Whether something in it is known only after a change. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnknown)
}
