import type { Fault } from '../config/diagnostics.ts'
import type { SystemDocument } from '../config/document.ts'
import { fill, holdsReference } from '../config/references.ts'
import { decodeDefinition } from '../config/schema/read-definition.ts'
import { decodeSystem } from '../config/schema/read-system.ts'
import { deepFreeze } from '../lib/freeze.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { below, type Checks, createChecks, readFlag } from './checks.ts'
import { conceal, findMissing, type Lookup } from './conceal.ts'
import { findConflicts } from './conflicts.ts'
import { compileRoute } from './route.ts'
import { compileSite } from './site.ts'
import type { Plan, Route, Unfilled } from './types.ts'

/**
 * Fills the references of a plan, checks and compiles what waited for them, and checks for conflicts again. The result
 * is complete and can be served; credentials exist in it alone.
 *
 * Faults name the references that have no value or whose value does not fit; a value is never repeated.
 */
export function activate(
  plan: Plan,
  secret: (name: string) => string | undefined,
): Result<Plan, readonly Fault[]> {
  const { unfilled, ...complete } = plan
  if (unfilled === undefined) return ok(plan)
  const lookup = rememberAll(secret)
  const missing = findMissing(unfilled, lookup)
  if (missing.length > 0) return err(missing)
  const checks = createChecks(() => false)
  const faults: Fault[] = []
  const system = fillSystem(unfilled, lookup, faults)
  if (system === undefined) return err(faults.map((fault) => conceal(fault, unfilled, lookup)))
  const site = unfilled.site ? compileFilledSite(system, unfilled, lookup, checks) : plan.site
  const filled = unfilled.definitions.flatMap(
    (item) => compileFilled(item, { system, lookup, checks, faults }) ?? [],
  )
  const routes = filled.length === 0 ? plan.routes : [...plan.routes, ...filled].toSorted(byPlace)
  // Those that were complete before were compared when they were compiled.
  const conflicts = filled.length === 0 ? [] : findConflicts(routes)
  const errors = [...faults, ...checks.faults, ...conflicts].filter(
    ({ severity }) => severity === 'error',
  )
  return errors.length > 0
    ? err(errors.map((fault) => conceal(fault, unfilled, lookup)))
    : ok(deepFreeze({ ...complete, site, routes }))
}

/** Asks the host once for each name and keeps what it said, to keep it out of every message. */
function rememberAll(secret: (name: string) => string | undefined): Lookup {
  const known = new Map<string, string | undefined>()
  const get = (name: string) => {
    if (!known.has(name)) known.set(name, secret(name))
    return known.get(name)
  }
  return { get, values: () => [...known.values()].filter((value) => value !== undefined) }
}

/** Only after `findMissing` found nothing: then every reference has a value or a default. */
function fillAll<T>(value: T, lookup: Lookup): T {
  const filled = fill(value, lookup.get)
  if (!filled.ok) throw new Error(`unfilled references: ${filled.error.join(', ')}`)
  return filled.value
}

function fillSystem(
  { system, site }: Unfilled,
  lookup: Lookup,
  faults: Fault[],
): SystemDocument | undefined {
  if (!site) return system
  const decoded = decodeSystem(fillAll(system, lookup), system.file)
  if (decoded.ok) return decoded.value
  faults.push(...decoded.error)
  return undefined
}

const compileFilledSite = (
  system: SystemDocument,
  unfilled: Unfilled,
  lookup: Lookup,
  checks: Checks,
): Plan['site'] => {
  const supplied = (name: string) => lookup.get(name) !== undefined
  return compileSite(system, checks, { document: unfilled.system, supplied })
}

interface Surroundings {
  readonly system: SystemDocument
  readonly lookup: Lookup
  readonly checks: Checks
  readonly faults: Fault[]
}

function compileFilled(
  { definition: unfilled, place }: Unfilled['definitions'][number],
  { system, lookup, checks, faults }: Surroundings,
): Route | undefined {
  // What only inherits a reference was decoded before.
  const decoded = holdsReference(unfilled)
    ? decodeDefinition(fillAll(unfilled, lookup), place)
    : ok(unfilled)
  if (!decoded.ok) {
    faults.push(...decoded.error)
    return undefined
  }
  const definition = decoded.value
  if (!readFlag(definition.active, below(place, 'active'), checks)) return undefined
  const supplied = (name: string) => lookup.get(name) !== undefined
  const before = { document: unfilled, supplied }
  return compileRoute({ definition, place, system, before }, checks)
}

/** The order of the files and, inside a file, of its definitions. */
function byPlace({ place: a }: Route, { place: b }: Route): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return Number(a.path[1]) - Number(b.path[1])
}
