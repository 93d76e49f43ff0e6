import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { everythingOf, removeObject, type Anything } from '../kubernetes/everything.ts'
import { changesOf, operationsOf } from './changes.ts'
import { errorsOf, exitOf, failuresOf } from './failures.ts'
import { demandOwnNamespace } from './namespace.ts'
import type { Report } from './report.ts'
import { failed } from './run.ts'
import type { Work } from './work.ts'

/** How long objects may take to go once they are deleted, in ms, and the pause between two looks. */
const PATIENCE_MS = 120_000
const PAUSE_MS = 1_000

/**
 * What `removeAll` would remove, e.g. `PersistentVolumeClaim data-cb-spider-postgres-0`.
 *
 * @throws Refusal where it would remove what is somebody else's
 */
export async function removalOf({ reached, session }: Work): Promise<readonly string[]> {
  await demandOwnNamespace(reached.cluster, reached.where, await session.resources())
  return (await everythingOf(reached.config, reached.where.stack)).map(print)
}

/** Removes a stack with all its data, then looks for what is left of it under its label, whatever kind it is. */
export async function removeAll(work: Work): Promise<Report> {
  const { session, reached, note } = work
  const events: EngineEvent[] = []
  const onEvent = (event: EngineEvent) => {
    events.push(event)
    operationsOf(event).forEach(note)
  }
  const error = await failed(session.destroy({ onEvent }))
  const changes = changesOf(events)
  if (error !== undefined) {
    const failures = failuresOf(events, error)
    const exit = exitOf(failures, false)
    const errors = errorsOf(failures, exit)
    return { result: 'failed', exit, components: [], changes, errors }
  }
  const left = await sweep(reached)
  if (left.length > 0) {
    const errors = [`Left over: ${left.map(print).join(', ')}.`]
    return { result: 'failed', exit: 3, components: [], changes, errors }
  }
  return forget(work, changes)
}

/** Whether there is nothing of a stack, neither in its state nor on the cluster: it never was, or has been removed. */
export async function isGone({ session, reached }: Work): Promise<boolean> {
  const { config, where } = reached
  return (
    (await session.resources()).length === 0 &&
    (await everythingOf(config, where.stack)).length === 0
  )
}

/** Forgets a stack of which nothing is left. */
export async function forget(
  { session, wanted }: Work,
  changes: Report['changes'] = [],
): Promise<Report> {
  await session.forget()
  const gone = wanted.system.components.map(({ name, version, times }) => ({
    name,
    state: 'gone' as const,
    version,
    bound: times.startMs,
    reason: null,
  }))
  return { result: 'gone', exit: 0, components: gone, changes }
}

/** Deletes what carries the stack's label, claims foremost, and waits for its end; resolves with what does not go. */
async function sweep({ config, where: { stack } }: Work['reached']): Promise<readonly Anything[]> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const left = await everythingOf(config, stack)
    if (left.length === 0 || performance.now() > end) return left
    await Promise.all(left.map((object) => removeObject(config, object)))
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

const print = ({ kind, name }: Anything): string => `${kind} ${name}`
