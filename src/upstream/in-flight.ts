import type { Lease } from '../http/context.ts'

/** Counts the requests under way to upstreams that can be drained, over all plans of an isolate. */
export interface InFlight {
  /** Begins a request that lasts at most `lifetimeMs` (0: unlimited). */
  readonly enter: (upstream: string, lifetimeMs: number) => Lease
  /** By upstream; those without any are left out. */
  readonly count: () => Readonly<Record<string, number>>
}

interface Held {
  readonly upstream: string
  expiresAt: number
}

const SILENCE_MS = 60_000
const GRACE_MS = 1000

/** Leases lapse, because workerd drops a request whose client has gone without running its `finally`. */
export function createInFlight(now: () => number): InFlight {
  const leases = new Set<Held>()
  return {
    enter: (upstream, lifetimeMs) => {
      const lastsMs = lifetimeMs === 0 ? SILENCE_MS : lifetimeMs
      const lease = { upstream, expiresAt: now() + lastsMs + GRACE_MS }
      leases.add(lease)
      return {
        end: () => leases.delete(lease),
        keep: (ms) => {
          lease.expiresAt = now() + ms
        },
      }
    },
    count: () => {
      const time = now()
      for (const lease of leases) if (lease.expiresAt < time) leases.delete(lease)
      const counts = new Map<string, number>()
      for (const { upstream } of leases) counts.set(upstream, (counts.get(upstream) ?? 0) + 1)
      return Object.fromEntries(counts)
    },
  }
}
