/** What an operation came to: the last line of `--json`. */
export interface Report {
  readonly result: 'ready' | 'failed' | 'unchanged' | 'stopped' | 'gone' | 'changes'
  readonly exit: Exit
  readonly components: readonly ComponentReport[]
  readonly changes: readonly Change[]
  /** What went wrong and what to do about it, where something did. */
  readonly errors?: readonly string[]
}

/**
 * 0 done, 1 user's fault, 2 ours, 3 not ready, 4 rollback failed: what was drained for a change that failed answers again but
 * could not be given back to the traffic, 5 gateway unreachable.
 */
export type Exit = 0 | 1 | 2 | 3 | 4 | 5

export type State =
  | 'pending'
  | 'pulling'
  | 'starting'
  | 'ready'
  | 'wired'
  | 'draining'
  | 'stopped'
  | 'gone'

export interface ComponentReport {
  readonly name: string
  readonly state: State
  readonly version: string
  /** How long it may take to become ready, in ms. */
  readonly bound: number
  /** Why it is not further; `null` where it is as far as it shall be. */
  readonly reason: string | null
}

/** One thing that changes, or would. */
export interface Change {
  /** As the engine calls it: `create`, `update`, `delete`, `replace`. */
  readonly op: string
  /** `null` for what belongs to the whole stack. */
  readonly component: string | null
  /** e.g. `Deployment cb-spider`. */
  readonly resource: string
  /** Paths of what differs; empty where the whole thing comes or goes. */
  readonly fields: readonly string[]
  /** The same fields with their values. */
  readonly differences: readonly Difference[]
  /** Set where it is made again because somebody has deleted it. */
  readonly wasLost?: true
}

/** A field that differs. Without values where they are secret; `null` stands for none. */
export interface Difference {
  readonly field: string
  /** What it is. */
  readonly old?: unknown
  /** What it shall be. */
  readonly new?: unknown
  /** Who has set it, where it was not us: the field manager that the cluster names, e.g. `kubectl-edit`. */
  readonly who?: string
}

/** What the user can put right; nothing was changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly exit: Exit
  readonly errors: readonly string[]

  constructor(errors: readonly string[], exit: Exit = 1) {
    super(errors.join('\n'))
    this.errors = errors
    this.exit = exit
  }
}
