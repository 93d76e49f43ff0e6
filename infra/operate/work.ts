import type { Operation } from './changes.ts'
import type { Step } from './observe.ts'
import type { Reached } from './ready-to-go.ts'
import type { Session } from './session.ts'
import type { Wanted } from './wanted.ts'

/** What an operation works on, and whom it tells. */
export interface Work {
  readonly session: Session
  readonly reached: Reached
  readonly wanted: Wanted
  readonly tell: (step: Step) => void
  /** Told of each operation on a resource when it begins. */
  readonly note: (operation: Operation) => void
}
