import { SIGNALS } from '../../src/cli/signals.ts'
import type { Subject } from './processes.ts'

/** Tells the parent of this process where something runs, and ends it when the parent lets go. */
export async function lend(started: Promise<Subject>): Promise<void> {
  // Ctrl-C reaches us as well; the parent stops its load first.
  for (const signal of SIGNALS) process.on(signal, () => {})
  process.on('disconnect', () => {
    void started.then(({ close }) => close()).finally(() => process.exit())
  })
  const { url, pid } = await started
  process.send?.({ url: url.replace(/\/$/, ''), pid })
}
