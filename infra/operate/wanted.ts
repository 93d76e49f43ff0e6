import type { Fault } from '../../src/config/diagnostics.ts'
import { err, ok, type Result } from '../../src/lib/result.ts'
import { readSettings } from '../settings/read.ts'
import type { Settings } from '../settings/schema.ts'
import type { System } from '../system/model.ts'
import { resolve } from '../system/resolve.ts'

/** What a stack is to be. */
export interface Wanted {
  /** The settings as they were written, for the engine. */
  readonly data: Readonly<Record<string, unknown>>
  readonly settings: Settings
  readonly system: System
}

/** Settings to the system that they mean, or everything that is wrong with them; `file` is how faults call their place. */
export function readWanted(
  data: Readonly<Record<string, unknown>>,
  file: string,
): Result<Wanted, readonly Fault[]> {
  const { read, faults } = readSettings(data, file)
  if (read === undefined) return err(faults)
  const resolved = resolve(read.catalog, read.settings, file)
  const all = [...faults, ...(resolved.ok ? [] : resolved.error)]
  return resolved.ok && all.length === 0
    ? ok({ data, settings: read.settings, system: resolved.value })
    : err(all)
}
