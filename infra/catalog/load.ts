import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic, Fault } from '../../src/config/diagnostics.ts'
import { positionOf } from '../../src/config/positions.ts'
import { readYaml, type SourceFile } from '../../src/config/yaml.ts'
import { err, ok, type Result } from '../../src/lib/result.ts'
import { decode } from '../decode.ts'
import { checkCatalog } from './check.ts'
import { type Catalog, catalogSchema } from './schema.ts'
import { unsourced } from './sources.ts'

/** The releases of Cloud-Barista that have a catalogue, oldest first. */
export function releases(): readonly string[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** The catalogue of a release that `releases` names. A catalogue of ours that does not load is our bug. */
export function catalogOf(release: string): Catalog {
  const path = join(import.meta.dirname, `${release}.yaml`)
  const loaded = loadCatalog({ name: path, text: readFileSync(path, 'utf8') })
  if (loaded.ok) return loaded.value
  const [first] = loaded.error
  throw new Error(`${path}:${first?.line}:${first?.column}: ${first?.message}`)
}

/** Reads a catalogue: its shape, its sources, and whether what it names exists. All faults at once, in the file's order. */
export function loadCatalog(file: SourceFile): Result<Catalog, readonly Diagnostic[]> {
  const yaml = readYaml(file, 'error')
  if (!yaml.tree.isComplete) return err(yaml.diagnostics)
  const decoded = decode(catalogSchema, yaml.tree.data, { file: file.name, path: [] })
  const faults: readonly Fault[] = [
    ...unsourced(yaml, file.text),
    ...decoded.faults,
    ...(decoded.value === undefined ? [] : checkCatalog(decoded.value, file.name)),
  ]
  const diagnostics = [
    ...yaml.diagnostics,
    ...faults.map(({ place, ...fault }) => ({
      file: place.file,
      ...positionOf(yaml, place),
      ...fault,
    })),
  ].toSorted((a, b) => a.line - b.line || a.column - b.column)
  const isGood = decoded.value !== undefined && diagnostics.length === 0
  return isGood ? ok(decoded.value) : err(diagnostics)
}
