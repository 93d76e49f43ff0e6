import type { Fault } from '../../src/config/diagnostics.ts'
import { err, ok, type Result } from '../../src/lib/result.ts'
import type { Catalog } from '../catalog/schema.ts'
import type { Settings } from '../settings/schema.ts'
import { checkSettings } from './check.ts'
import { componentOf } from './component.ts'
import type { System } from './model.ts'

/**
 * The system that a selection of a release's components makes, with what they need. Errors are contradictions in the
 * settings; `file` is how faults call the place where they stand. Pure: the same input always makes the same system.
 */
export function resolve(
  catalog: Catalog,
  settings: Settings,
  file: string,
): Result<System, readonly Fault[]> {
  const selected = settings.components ?? Object.keys(catalog.components)
  const known = selected.filter((name) => Object.hasOwn(catalog.components, name))
  const names = inStartOrder(catalog, known)
  const faults = checkSettings(catalog, settings, names).map(({ path, ...fault }) => ({
    severity: 'error' as const,
    ...fault,
    place: { file, path },
  }))
  if (faults.length > 0) return err(faults)
  const components = names.map((name) => componentOf(name, catalog, settings))
  return ok({ release: catalog.release, components })
}

/** The names and all they need, each behind its needs; otherwise in the catalogue's order. */
function inStartOrder({ components }: Catalog, names: readonly string[]): readonly string[] {
  const ordered = new Set<string>()
  const add = (name: string) => {
    if (ordered.has(name)) return
    components[name]?.needs.forEach(add)
    ordered.add(name)
  }
  Object.keys(components)
    .filter((name) => names.includes(name))
    .forEach(add)
  return [...ordered]
}
