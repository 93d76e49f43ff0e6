import type { Place } from '../config/diagnostics.ts'
import type {
  BackendDocument,
  Definition,
  HostDocument,
  SystemDocument,
} from '../config/document.ts'
import { parseHost } from '../config/host.ts'
import { below, type Checks, readNumber } from './checks.ts'
import { type Before, disguise, suppliedNames } from './disguise.ts'
import type { Backend, BackendHost } from './types.ts'

/** A backend whose hosts are wanted. */
interface Subject {
  readonly definition: Definition
  readonly backend: BackendDocument
  readonly index: number
  /** The definition's. */
  readonly place: Place
  readonly system: SystemDocument
  readonly before?: Before<Definition>
}

/** Where a backend's calls go and the label that logs and metrics give it. */
export type Hosts = Pick<Backend, 'name' | 'hosts' | 'balance'>

/**
 * A backend's own hosts, else the endpoint's: names of the upstream registry, and plain addresses. An upstream is
 * meant only where nothing but its name is written; `http://name:1024` is an address.
 */
export function compileHosts(subject: Subject, checks: Checks): Hosts {
  const { definition, backend, index, place } = subject
  const isOwn = backend.hosts !== undefined
  const listed = backend.hosts ?? definition.hosts
  const at = isOwn ? below(place, 'backend', index, 'hosts') : below(place, 'hosts')
  if (listed.length === 0) {
    checks.error(isOwn ? at : below(place, 'backend', index), {
      message: 'This backend has no hosts.',
      hint: 'Give it hosts, or give them to the endpoint.',
    })
  }
  const unfilled = unfilledHosts(subject)
  const entries = listed.map((entry, at_) => ({
    entry,
    unfilled: unfilled?.[at_]?.host,
    place: below(at, at_),
  }))
  const hosts = entries.flatMap((entry) => toBackendHost(entry, subject, checks))
  const balance = backend.lb_mode === 'rr' || backend.lb_mode === 'wrr' ? backend.lb_mode : 'random'
  const isWeightless = balance === 'wrr' && hosts.every(({ weight }) => weight === 0)
  return {
    name: entries[0] === undefined ? '' : labelOf(entries[0], subject),
    hosts: isWeightless ? hosts.map((host) => ({ ...host, weight: 1 })) : hosts,
    balance,
  }
}

function unfilledHosts({ before, index }: Subject): readonly HostDocument[] | undefined {
  return before?.document.backend[index]?.hosts ?? before?.document.hosts
}

interface Entry {
  readonly entry: HostDocument
  readonly unfilled: string | undefined
  readonly place: Place
}

function toBackendHost(
  { entry, unfilled, place }: Entry,
  { system, before }: Subject,
  checks: Checks,
): readonly BackendHost[] {
  const { host } = entry
  const weight = readNumber(entry.weight, 0, below(place, 'weight'), checks)
  if (Object.hasOwn(system.upstreams, host)) return [{ upstream: host, weight }]
  if (checks.isOpen(host)) return []
  const address = parseHost(host)
  if (!address.ok) {
    checks.error(below(place, 'host'), address.error)
    return []
  }
  warnAboutNamesake(host, below(place, 'host'), system, checks)
  const shown = disguise(before, unfilled)
  const target = { ...address.value, weight, tier: 0, ...(shown !== undefined && { shown }) }
  return [{ target, weight }]
}

function warnAboutNamesake(
  host: string,
  place: Place,
  { upstreams }: SystemDocument,
  checks: Checks,
): void {
  const name = withoutSchemeAndPort(host)
  if (!Object.hasOwn(upstreams, name)) return
  checks.warn(place, {
    message: `This is an address: credentials and targets of the upstream "${name}" are not used.`,
    hint: `Write "${name}" alone to call the upstream.`,
  })
}

/** The upstream's name or the host without its port; where a value was filled in, the name of its reference. */
function labelOf({ entry, unfilled }: Entry, { before }: Subject): string {
  const [name] =
    before === undefined || unfilled === undefined ? [] : suppliedNames(before, unfilled)
  return name ?? withoutSchemeAndPort(entry.host)
}

const withoutSchemeAndPort = (host: string): string =>
  host.replace(/^https?:\/\//i, '').replace(/(?::\d+)?(?:\/.*)?$/, '')
