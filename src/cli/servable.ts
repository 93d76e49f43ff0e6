import { printDiagnostic } from '../config/diagnostics.ts'
import type { Fault } from '../config/diagnostics.ts'
import { err, ok } from '../lib/result.ts'
import type { Result } from '../lib/result.ts'
import { activate } from '../plan/activate.ts'
import type { Plan } from '../plan/types.ts'
import type { Documents } from './bundle.ts'
import { readConfiguration } from './configuration.ts'
import { UserFault } from './fault.ts'
import { findUnset } from './unset.ts'
import { GATEWAY_SECRETS, pick } from './values.ts'
import type { Lookup } from './values.ts'

/** A configuration that a gateway on this machine can start with. */
export interface Servable {
  /** As compiled: its `${NAME}`s are still names. */
  readonly plan: Plan
  /** As the gateway will serve it; holds credentials, so it is never printed or stored. */
  readonly active: Plan
  /** The files it was made of. */
  readonly documents: Documents
  /** The values of the names that the configuration, the gateway and the operator ask for, and no others. */
  readonly values: Readonly<Record<string, string>>
  /** Warnings and notices, one line each. */
  readonly remarks: readonly string[]
}

/** How a configuration is read to be served. */
export interface ServableOptions {
  readonly allowMissing: boolean
  /** Names that its files need not hold: what is published later may use them. */
  readonly names?: readonly string[]
}

/**
 * Reads, compiles and activates a configuration as the Worker will do it, so that faults show before a start or swap.
 * The error is the whole text to print.
 */
export async function readServable(
  config: string,
  lookup: Lookup,
  options: ServableOptions,
): Promise<Result<Servable, string>> {
  const configuration = await readConfiguration(config, options)
  const { plan, documents, diagnose, references } = configuration
  const remarks = configuration.diagnostics.map(printDiagnostic)
  if (plan === undefined || documents === undefined) return err(remarks.join('\n'))
  const printAll = (faults: readonly Fault[]) => diagnose(faults).map(printDiagnostic).join('\n')
  const unset = findUnset(configuration, lookup)
  if (unset.length > 0) return err(printAll(unset))
  const activated = activate(plan, lookup)
  if (!activated.ok) return err(printAll(activated.error))
  const { names: more = [] } = options
  const names = [...references.map(({ name }) => name), ...GATEWAY_SECRETS, ...more]
  return ok({ plan, active: activated.value, documents, values: pick(names, lookup), remarks })
}

/** The same where nothing can go on without it. */
export async function mustReadServable(
  config: string,
  lookup: Lookup,
  options: ServableOptions,
): Promise<Servable> {
  const read = await readServable(config, lookup, options)
  if (!read.ok) throw new UserFault(`${config} cannot be served\n${read.error}`)
  return read.value
}

/** A fault as a running gateway reports it: file and key are known, the line is not. */
export const printFault = ({ place, severity, message }: Fault): string =>
  `${[place.file, ...place.path].join(': ')}: ${severity}: ${message}`
