import { SIGNALS } from '../../src/cli/signals.ts'

/** What has to be stopped and removed before we end. */
export interface Cleanup {
  readonly add: (close: () => Promise<void> | void) => void
  /** Closes everything, the newest first; what fails does not keep the rest. */
  readonly run: () => Promise<void>
  /** True from the first signal on: errors are then its consequence. */
  readonly isInterrupted: () => boolean
}

/** Cleans up at Ctrl-C and SIGTERM, too, and then ends the process. */
export function createCleanup(): Cleanup {
  const closers: (() => Promise<void> | void)[] = []
  let isInterrupted = false
  const run = async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) => console.error(error))
    }
  }
  const interrupt = () => {
    if (isInterrupted) process.exit(INTERRUPTED)
    isInterrupted = true
    void run().finally(() => process.exit(INTERRUPTED))
  }
  for (const signal of SIGNALS) process.on(signal, interrupt)
  return { add: (close) => void closers.push(close), run, isInterrupted: () => isInterrupted }
}

/** What a shell shows for a program that Ctrl-C ended. */
const INTERRUPTED = 130
