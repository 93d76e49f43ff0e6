import type { Backend, Plan, Route } from '../plan/types.ts'

/** One line of the table that `serve` prints, as data. */
export interface RouteRow {
  readonly method: string
  readonly path: string
  readonly name: string
  /** Names of the upstreams called, in order; a `+` joins parallel calls, `>` a chain. */
  readonly upstreams: string
  readonly policies: readonly string[]
}

/** The routes of a plan as they are matched, in the order of path and method. */
export const routeRows = (plan: Plan): readonly RouteRow[] =>
  plan.routes.map(toRow).toSorted((a, b) => compare(a.path, b.path) || compare(a.method, b.method))

/** The same as text, columns aligned. */
export function routeTable(rows: readonly RouteRow[]): string {
  const cells = rows.map(({ method, path, upstreams, policies }) => [
    method === '*' ? 'ANY' : method,
    path,
    upstreams,
    policies.join(' '),
  ])
  const widths = [0, 1, 2].map((column) =>
    Math.max(0, ...cells.map((line) => line[column]?.length ?? 0)),
  )
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n')
}

function toRow(route: Route): RouteRow {
  return {
    method: route.method,
    path: route.path,
    name: route.name,
    upstreams: route.backends
      .map(({ name }: Backend) => name)
      .join(route.isSequential ? ' > ' : ' + '),
    policies: route.policies.map(({ key }) => key),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
