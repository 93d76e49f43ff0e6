import type { Failure } from '../http/failure.ts'
import { own } from '../lib/own.ts'
import type { Backend, Plan, Site, Target, Upstream } from '../plan/types.ts'

/** An address to call and, when the registry knows it, the upstream it belongs to. */
export interface Candidate {
  readonly target: Target
  readonly weight: number
  readonly upstream?: Upstream
}

/** Chooses the next address; state (turns) is per isolate. */
export type Balancer = () => Candidate

/** What resolves the names of upstreams. */
interface Known {
  readonly site: Pick<Site, 'upstreams'>
  readonly registered: NonNullable<Plan['registered']>
}

/**
 * All addresses of a backend's lowest tier, with registry names resolved. Upstreams that are drained or closed are left out:
 * nothing is left when all are.
 */
export function candidatesOf(backend: Backend, { site, registered }: Known): readonly Candidate[] {
  const all = backend.hosts.flatMap((host): Candidate[] => {
    if ('target' in host) return [{ target: host.target, weight: host.weight }]
    const upstream = own(site.upstreams, host.upstream)
    if (upstream === undefined) return []
    const { isDraining = false, isClosed = false } = own(registered, upstream.name) ?? {}
    if (isDraining || isClosed) return []
    return upstream.targets.map((target) => ({ target, weight: target.weight, upstream }))
  })
  const lowest = Math.min(...all.map(({ target }) => target.tier))
  return all.filter(({ target }) => target.tier === lowest)
}

/** Why a backend has no address: as long as one of its upstreams drains, that. */
export const whyNone = ({ hosts }: Backend, { registered }: Pick<Known, 'registered'>): Failure =>
  hosts.some((host) => 'upstream' in host && own(registered, host.upstream)?.isDraining === true)
    ? { kind: 'upstream-draining' }
    : { kind: 'upstream-closed' }

/** `rr`, `wrr` (interleaved as in the original: weights 3 and 5 give B B A B A B A B) or uniform random. */
export function createBalancer(
  candidates: readonly Candidate[],
  mode: Backend['balance'],
  random: () => number = Math.random,
): Balancer {
  const [first] = candidates
  if (first === undefined) throw new Error('a backend without addresses passed the compiler')
  if (candidates.length === 1) return () => first
  if (mode === 'random') {
    return () => candidates[Math.floor(random() * candidates.length)] ?? first
  }
  return mode === 'rr' ? inTurn(candidates, first) : inTurn(weightedTurns(candidates), first)
}

function inTurn(turns: readonly Candidate[], first: Candidate): Balancer {
  let next = 0
  return () => {
    const chosen = turns[next] ?? first
    next = (next + 1) % turns.length
    return chosen
  }
}

/** One full cycle of the LVS schedule; all weights zero means equal weights. */
function weightedTurns(candidates: readonly Candidate[]): readonly Candidate[] {
  const heaviest = Math.max(...candidates.map(({ weight }) => weight))
  if (heaviest <= 0) return candidates
  const step = candidates.reduce((divisor, { weight }) => gcd(divisor, weight), 0)
  const turns: Candidate[] = []
  for (let level = heaviest; level > 0; level -= step) {
    turns.push(...candidates.filter(({ weight }) => weight >= level))
  }
  return turns
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))
