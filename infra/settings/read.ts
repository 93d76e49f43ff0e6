import type { Fault } from '../../src/config/diagnostics.ts'
import { catalogOf, releases } from '../catalog/load.ts'
import type { Catalog } from '../catalog/schema.ts'
import { decode, guess } from '../decode.ts'
import { type Settings, settingsSchema } from './schema.ts'

/** Settings of a stack, with the catalogue that they name, and what is wrong with them. */
export interface Read {
  /** Absent when they cannot be used at all. */
  readonly read?: { readonly settings: Settings; readonly catalog: Catalog }
  readonly faults: readonly Fault[]
}

/** Reads settings from plain data; `file` is how faults call the place where they stand. */
export function readSettings(data: unknown, file: string): Read {
  const { value: settings, faults } = decode(settingsSchema, data, { file, path: [] })
  if (settings === undefined) return { faults }
  const { catalog } = settings
  if (releases().includes(catalog))
    return { read: { settings, catalog: catalogOf(catalog) }, faults }
  const message = `There is no catalogue "${catalog}".`
  const place = { file, path: ['catalog'] }
  return {
    faults: [...faults, { severity: 'error', message, hint: guess(catalog, releases()), place }],
  }
}

/** A setting that is written as text: structured values are JSON. */
export function valueOf(text: string): unknown {
  if (!/^[[{]/.test(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
