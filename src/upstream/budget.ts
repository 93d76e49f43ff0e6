/** Bytes that formatted bodies of one isolate may hold together (a Worker has 128 MB in all). */
const ISOLATE_BODY_BYTES = 48 * 1024 * 1024
const PATIENCE_MS = 1000
const POLL_MS = 20

/** Shared allowance for buffered bodies; requests wait a second for room, then give up. */
export interface BodyBudget {
  /** Opens a reservation that lapses by itself `lifetimeMs` after it last grew. */
  readonly reserve: (lifetimeMs: number) => Reservation
}

/** What one request holds of the budget. */
export interface Reservation {
  /** True when the bytes are granted at once, else whether they were granted in the second that all waits share. */
  readonly grow: (bytes: number) => true | Promise<boolean>
  /** Gives back what was granted and not needed. */
  readonly shrink: (bytes: number) => void
  readonly release: () => void
}

interface Holding {
  bytes: number
  expiresAt: number
}

/**
 * A budget of `capacityBytes`; a body larger than all of it is never let in.
 *
 * Reservations lapse because workerd drops a request whose client has gone without running its `finally`. Waiting
 * polls on the waiter's own timer, because a promise of another request would never settle in that case.
 */
export function createBodyBudget(
  capacityBytes: number = ISOLATE_BODY_BYTES,
  now: () => number = Date.now,
): BodyBudget {
  const holdings = new Set<Holding>()
  let used = 0
  const drop = (holding: Holding) => {
    if (holdings.delete(holding)) used -= holding.bytes
  }
  const take = (holding: Holding, bytes: number, lifetimeMs: number): boolean => {
    if (used + bytes > capacityBytes) dropLapsed(holdings, drop, now())
    if (used + bytes > capacityBytes) return false
    if (!holdings.has(holding)) holding.bytes = 0
    holdings.add(holding)
    holding.bytes += bytes
    holding.expiresAt = now() + lifetimeMs
    used += bytes
    return true
  }
  return {
    reserve: (lifetimeMs) => {
      const holding = { bytes: 0, expiresAt: 0 }
      let patienceMs = PATIENCE_MS
      const growInTime = async (bytes: number): Promise<boolean> => {
        while (patienceMs > 0) {
          patienceMs -= POLL_MS
          await new Promise((resolve) => setTimeout(resolve, POLL_MS))
          if (take(holding, bytes, lifetimeMs)) return true
        }
        return false
      }
      return {
        grow: (bytes) => take(holding, bytes, lifetimeMs) || growInTime(bytes),
        shrink: (bytes) => {
          if (!holdings.has(holding)) return
          holding.bytes -= bytes
          used -= bytes
        },
        release: () => drop(holding),
      }
    },
  }
}

function dropLapsed(
  holdings: ReadonlySet<Holding>,
  drop: (holding: Holding) => void,
  now: number,
): void {
  for (const holding of holdings) if (holding.expiresAt < now) drop(holding)
}
