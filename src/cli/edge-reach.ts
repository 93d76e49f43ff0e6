import type { Definition } from '../config/document.ts'
import { parseHost } from '../config/host.ts'
import { fill } from '../config/references.ts'
import { whyPrivate } from '../lib/private-host.ts'
import type { Plan } from '../plan/types.ts'
import type { Lookup } from './values.ts'

/** An address that the edge cannot call. */
export interface Unreachable {
  /** Where it is used: an upstream of the system file, or a route. */
  readonly user: string
  readonly origin: string
  readonly why: string
}

/**
 * The addresses of a plan that Cloudflare's edge cannot reach.
 *
 * References are filled with what `lookup` knows or with their defaults; an address that needs a value nobody knows yet
 * is passed over. So is an upstream with a `binding`: its calls go through that (a tunnel), whatever the address says.
 */
export function unreachableFromEdge(plan: Plan, lookup: Lookup): readonly Unreachable[] {
  const found = [...compiledAddresses(plan), ...unfilledAddresses(plan, lookup)].flatMap((use) => {
    const why = whyPrivate(new URL(use.origin).hostname)
    return why === undefined ? [] : [{ ...use, why }]
  })
  const byText = new Map(found.map((use) => [`${use.user} ${use.origin}`, use]))
  return [...byText.values()]
}

interface Use {
  readonly user: string
  readonly origin: string
}

function compiledAddresses({ site, routes }: Plan): readonly Use[] {
  const upstreams = Object.values(site.upstreams).filter(({ binding }) => binding === undefined)
  return [
    ...upstreams.flatMap(({ name, targets }) =>
      targets.map(({ origin }) => ({ user: `upstream ${name}`, origin })),
    ),
    ...routes.flatMap(({ name, backends }) =>
      backends.flatMap(({ hosts }) =>
        hosts.flatMap((host) =>
          'target' in host ? [{ user: `route ${name}`, origin: host.target.origin }] : [],
        ),
      ),
    ),
  ]
}

function unfilledAddresses({ unfilled }: Plan, lookup: Lookup): readonly Use[] {
  if (unfilled === undefined) return []
  const { upstreams } = unfilled.system
  const isName = (text: string) => Object.hasOwn(upstreams, text)
  return [
    ...Object.entries(upstreams)
      .filter(([, { binding }]) => binding === undefined)
      .flatMap(([name, { targets }]) =>
        targets.flatMap(({ url }) => toUse(`upstream ${name}`, url, lookup)),
      ),
    ...unfilled.definitions.flatMap(({ definition }) =>
      hostTexts(definition)
        .filter((text) => !isName(text))
        .flatMap((text) => toUse(`route ${definition.name}`, text, lookup)),
    ),
  ]
}

const hostTexts = ({ hosts, backend }: Definition): readonly string[] =>
  [...hosts, ...backend.flatMap((one) => one.hosts ?? [])].map(({ host }) => host)

function toUse(user: string, text: string, lookup: Lookup): readonly Use[] {
  const filled = fill(text, lookup)
  const address = filled.ok ? parseHost(filled.value) : filled
  return address.ok ? [{ user, origin: address.value.origin }] : []
}
