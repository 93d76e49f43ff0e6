import type { Fault } from '../config/diagnostics.ts'
import { load } from '../config/load.ts'
import { compile, type Compiled } from './compile.ts'
import type { Plan } from './types.ts'

/** Compiles YAML of tests; the system file needs no version and name here. */
export async function compileYaml(definitions: string, system = ''): Promise<Compiled> {
  const loaded = load({
    system: { name: 'gateway.yaml', text: `version: 1\nname: test\n${system}` },
    groups: [{ name: 'apis/a.yaml', text: `definitions:\n${definitions}` }],
  })
  if (loaded.document === undefined) throw new Error(JSON.stringify(loaded.diagnostics, null, 1))
  return compile(loaded.document)
}

/** The same where a plan is expected. */
export async function planOf(definitions: string, system = ''): Promise<Plan> {
  const { plan, faults } = await compileYaml(definitions, system)
  if (plan === undefined) throw new Error(JSON.stringify(faults, null, 1))
  return plan
}

/** `severity key: message` for comparing. */
export const printFaults = (faults: readonly Fault[]): readonly string[] =>
  faults.map(({ severity, place, message }) => `${severity} ${place.path.join('.')}: ${message}`)
