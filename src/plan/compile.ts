import type { Fault } from '../config/diagnostics.ts'
import type { Definition, Document, SystemDocument } from '../config/document.ts'
import { holdsReference } from '../config/references.ts'
import { deepFreeze } from '../lib/freeze.ts'
import { type Checks, createChecks } from './checks.ts'
import { type Claim, findConflicts } from './conflicts.ts'
import { readEndpoint } from './pattern.ts'
import { compileRoute } from './route.ts'
import { compileSite } from './site.ts'
import type { Plan, Route, Site, Unfilled } from './types.ts'
import { hashDocument } from './version.ts'

/** A plan, unless one of the faults is an error. */
export interface Compiled {
  readonly plan?: Plan
  readonly faults: readonly Fault[]
}

/**
 * Compiles a document into a frozen plan and reports everything that is wrong with it at once.
 *
 * Definitions that hold a reference, or inherit a value that does, are checked as far as they are known and wait in
 * `unfilled` for `activate`; so does the system file when it holds one. Parts of the document become parts of the
 * plan and are frozen with it.
 */
export async function compile(document: Document): Promise<Compiled> {
  const { system } = document
  const { site, routes, waiting, faults } = judge(system, listDefinitions(document))
  if (faults.some(({ severity }) => severity === 'error')) return { faults }
  const isSiteOpen = holdsReference(system)
  const unfilled: Unfilled = { system, site: isSiteOpen, definitions: waiting }
  const plan: Plan = {
    version: await hashDocument(document),
    site,
    routes,
    ...((isSiteOpen || waiting.length > 0) && { unfilled }),
  }
  return { plan: deepFreeze(plan), faults }
}

/** The faults that compiling would find in what could be read of a configuration with errors. */
export const inspect = (
  system: SystemDocument,
  definitions: Unfilled['definitions'],
): readonly Fault[] => judge(system, definitions).faults

type Item = Unfilled['definitions'][number]

interface Judged {
  readonly site: Site
  readonly routes: readonly Route[]
  readonly waiting: readonly Item[]
  readonly faults: readonly Fault[]
}

function judge(system: SystemDocument, definitions: readonly Item[]): Judged {
  const checks = createChecks(holdsReference)
  const site = compileSite(system, checks)
  // `active: false` switches an endpoint off; one that a reference decides about is on until then.
  const active = definitions.filter(({ definition }) => definition.active !== false)
  const { routes, waiting } = compileAll(active, system, checks)
  const conflicts = findConflicts(active.flatMap((item) => claimOf(item, checks)))
  return { site, routes, waiting, faults: [...checks.faults, ...conflicts] }
}

const listDefinitions = ({ groups }: Document): readonly Item[] =>
  groups.flatMap(({ file, definitions }) =>
    definitions.map((definition, index) => ({
      definition,
      place: { file, path: ['definitions', index] },
    })),
  )

function compileAll(
  items: readonly Item[],
  system: SystemDocument,
  checks: Checks,
): Pick<Judged, 'routes' | 'waiting'> {
  const routes: Route[] = []
  const waiting: Item[] = []
  for (const item of items) {
    const route = compileRoute({ ...item, system }, checks)
    if (holdsReference(item.definition) || inheritsReference(item.definition, system)) {
      waiting.push(item)
    } else if (route !== undefined) routes.push(route)
  }
  return { routes, waiting }
}

function inheritsReference(definition: Definition, system: SystemDocument): boolean {
  const keys = ['timeout', 'cache_ttl', 'output_encoding', 'max_body'] as const
  return (
    keys.some((key) => definition[key] === undefined && holdsReference(system[key])) ||
    holdsReference(system.max_request_body)
  )
}

/** What a definition lays claim to, as far as that is known. */
function claimOf({ definition, place }: Item, checks: Checks): readonly Claim[] {
  const { name, active, endpoint, method } = definition
  if ([name, active, endpoint, method].some((value) => checks.isOpen(value))) return []
  const pattern = readEndpoint(endpoint)
  if (!pattern.ok) return []
  const { path, isBypass } = pattern.value
  return [{ name, method: isBypass ? '*' : method.toUpperCase(), path, place }]
}
