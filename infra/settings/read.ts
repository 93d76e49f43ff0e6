import type { Fault } from '../../src/config/diagnostics.ts'
import { err, ok, type Result } from '../../src/lib/result.ts'
import { type Catalog } from '../catalog/schema.ts'
import { catalogOf, releases } from '../catalog/load.ts'
import { decode, guess } from '../decode.ts'
import { type Settings, settingsSchema } from './schema.ts'

/** Settings of a stack and the catalogue that they name. */
export interface Read {
  readonly settings: Settings
  readonly catalog: Catalog
}

/** Reads settings from plain data; `file` is how faults call the place where they stand. */
export function readSettings(data: unknown, file: string): Result<Read, readonly Fault[]> {
  const decoded = decode(settingsSchema, data, { file, path: [] })
  if (!decoded.ok) return decoded
  const { catalog } = decoded.value
  if (releases().includes(catalog)) {
    return ok({ settings: decoded.value, catalog: catalogOf(catalog) })
  }
  const message = `There is no catalogue "${catalog}".`
  const place = { file, path: ['catalog'] }
  return err([{ severity: 'error', message, hint: guess(catalog, releases()), place }])
}
