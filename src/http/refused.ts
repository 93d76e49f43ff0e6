import type { Failure } from './failure.ts'

/** A transport rejects with it when it does not let a call be made: no upstream is to blame. */
export class Refused extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.kind)
    this.failure = failure
  }
}
