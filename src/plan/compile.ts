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

/** The system file, compiled. Like all parts of a plan it is plain data that can be stored. */
export interface SitePart {
  readonly site: Site
  readonly unfilled: Pick<Unfilled, 'system' | 'site'>
}

/** The endpoints of some files, compiled under one system file. */
export interface RoutesPart {
  readonly routes: readonly Route[]
  /** Those that hold a reference, or inherit a value that does. */
  readonly waiting: readonly Item[]
}

/** A part with what was found while it was compiled. */
type Judged<T> = T & { readonly faults: readonly Fault[] }

/** An endpoint and its place. */
export type Item = Unfilled['definitions'][number]

/**
 * Compiles a document into a frozen plan and reports everything that is wrong with it at once.
 *
 * Definitions that hold a reference, or inherit a value that does, are checked as far as they are known and wait in
 * `unfilled` for `activate`; so does the system file when it holds one. Parts of the document become parts of the
 * plan and are frozen with it.
 */
export async function compile(document: Document): Promise<Compiled> {
  const { system } = document
  const site = compileSystem(system)
  const { routes, waiting, claims, faults } = compileRoutes(system, listDefinitions(document))
  const all = [...site.faults, ...faults, ...findConflicts(claims)]
  if (all.some(({ severity }) => severity === 'error')) return { faults: all }
  const version = await hashDocument(document)
  return { plan: assemble(version, site, [{ routes, waiting }]), faults: all }
}

/** Compiles the system file alone. */
export function compileSystem(system: SystemDocument): Judged<SitePart> {
  const checks = createChecks(holdsReference)
  const site = compileSite(system, checks)
  return { site, unfilled: { system, site: holdsReference(system) }, faults: checks.faults }
}

/**
 * Compiles endpoints under a system file, of whose `upstreams` only the names matter. Two endpoints of the same `claims`
 * exclude each other (`findConflicts`), wherever they come from.
 */
export function compileRoutes(
  system: SystemDocument,
  definitions: readonly Item[],
): Judged<RoutesPart> & { readonly claims: readonly Claim[] } {
  const checks = createChecks(holdsReference)
  // `active: false` switches an endpoint off; one that a reference decides about is on until then.
  const active = definitions.filter(({ definition }) => definition.active !== false)
  const parts = compileAll(active, system, checks)
  const claims = active.flatMap((item) => claimOf(item, checks))
  return { ...parts, claims, faults: checks.faults }
}

/** Makes a plan of compiled parts, which are frozen with it. */
export function assemble(version: string, site: SitePart, parts: readonly RoutesPart[]): Plan {
  const definitions = parts.flatMap(({ waiting }) => waiting)
  return deepFreeze({
    version,
    site: site.site,
    routes: parts.flatMap(({ routes }) => routes),
    ...((site.unfilled.site || definitions.length > 0) && {
      unfilled: { ...site.unfilled, definitions },
    }),
  })
}

/** The faults that compiling would find in what could be read of a configuration with errors. */
export function inspect(system: SystemDocument, definitions: readonly Item[]): readonly Fault[] {
  const { claims, faults } = compileRoutes(system, definitions)
  return [...compileSystem(system).faults, ...faults, ...findConflicts(claims)]
}

const listDefinitions = ({ groups }: Document): readonly Item[] =>
  groups.flatMap(({ file, definitions }) =>
    definitions.map((definition, index) => ({
      definition,
      place: { file, path: ['definitions', index] },
    })),
  )

function compileAll(items: readonly Item[], system: SystemDocument, checks: Checks): RoutesPart {
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
