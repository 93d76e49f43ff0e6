import type { BufferBody } from '../http/installation.ts'
import type { Ports } from '../ports.ts'
import type { Plan, Site } from '../plan/types.ts'
import type { BodyBudget } from './budget.ts'
import type { InFlight } from './in-flight.ts'

/** What every route of one app shares. */
export interface Scope {
  readonly site: Site
  /** Upstreams of the registry by name. */
  readonly registered: NonNullable<Plan['registered']>
  readonly inFlight: InFlight
  readonly ports: Ports
  readonly budget: BodyBudget
  readonly bufferBody: BufferBody
}
