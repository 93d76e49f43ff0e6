import type { Diagnostic } from '../config/diagnostics.ts'
import { omit } from '../lib/omit.ts'
import type { Item, RoutesPart } from '../plan/compile.ts'
import type { Route } from '../plan/types.ts'
import { canonical } from '../plan/version.ts'
import type { Built } from './build.ts'
import type { PartsReader } from './parts.ts'
import type { Manifest } from './stored.ts'
import type { Consequences, RouteLine } from './types.ts'

/** Compares the plan of a build with the one before, group by group. */
export async function findConsequences(
  { manifest, fresh, diagnostics }: Pick<Built, 'manifest' | 'fresh' | 'diagnostics'>,
  before: Manifest | undefined,
  parts: PartsReader,
): Promise<Consequences> {
  const kept = new Set(manifest.groups.map(({ routes }) => routes.hash))
  const gone = before?.groups.filter(({ routes }) => !kept.has(routes.hash)) ?? []
  const old = await Promise.all(
    gone.map(async ({ file, routes }) => linesOf(file, await parts.read<RoutesPart>(routes))),
  )
  const now = [...fresh].flatMap(([file, part]) => linesOf(file, part))
  return compare(old.flat(), now, diagnostics)
}

interface Line extends RouteLine {
  readonly meaning: string
}

function compare(
  old: readonly Line[],
  now: readonly Line[],
  diagnostics: readonly Diagnostic[],
): Consequences {
  const key = ({ method, path }: Line) => `${method} ${path}`
  const oldByKey = new Map(old.map((line) => [key(line), line]))
  const nowByKey = new Map(now.map((line) => [key(line), line]))
  return {
    diagnostics,
    added: now.filter((line) => !oldByKey.has(key(line))).map(toRouteLine),
    removed: old.filter((line) => !nowByKey.has(key(line))).map(toRouteLine),
    changed: now
      .filter((line) => (oldByKey.get(key(line))?.meaning ?? line.meaning) !== line.meaning)
      .map(toRouteLine),
  }
}

const toRouteLine = (line: Line): RouteLine => omit(line, 'meaning')

const linesOf = (file: string, { routes, waiting }: RoutesPart): readonly Line[] => [
  ...routes.map((route) => routeLine(file, route)),
  ...waiting.map((item) => waitingLine(file, item)),
]

/** Where a route stands in its file is no part of its meaning. */
function routeLine(file: string, route: Route): Line {
  const { method, path, name } = route
  return { method, path, name, file, meaning: canonical(omit(route, 'place')) }
}

const waitingLine = (file: string, { definition }: Item): Line => ({
  method: definition.endpoint.endsWith('*bypass') ? '*' : definition.method.toUpperCase(),
  path: definition.endpoint,
  name: definition.name,
  file,
  meaning: canonical(definition),
})
