import type { BufferBody } from '../http/installation.ts'
import type { Ports } from '../ports.ts'
import type { Site } from '../plan/types.ts'
import type { BodyBudget } from './budget.ts'

/** What every route of one app shares. */
export interface Scope {
  readonly site: Site
  readonly ports: Ports
  readonly budget: BodyBudget
  readonly bufferBody: BufferBody
}
