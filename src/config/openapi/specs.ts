import { readYaml, type SourceFile } from '../yaml.ts'

/** Finds an OpenAPI file by its name in `openapi/`: its data, or undefined when there is none that can be read. */
export type Specs = (name: string) => unknown

/** Files are parsed when they are asked for: a configuration may have large ones that it does not use. */
export function createSpecs(files: readonly SourceFile[] = []): Specs {
  const byName = new Map(files.map((file) => [file.name.replace(/^openapi\//, ''), file]))
  const parsed = new Map<string, unknown>()
  return (name) => {
    const file = byName.get(name)
    if (file !== undefined && !parsed.has(name)) parsed.set(name, parse(file))
    return parsed.get(name)
  }
}

function parse(file: SourceFile): unknown {
  if (!file.name.endsWith('.json')) return readYaml(file, 'error').tree.data
  try {
    return JSON.parse(file.text)
  } catch {
    return undefined
  }
}
