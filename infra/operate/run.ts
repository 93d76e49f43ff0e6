import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { ClusterError } from '../kubernetes/cluster.ts'
import type { Component } from '../system/model.ts'
import { changesOf, type Context, merged, operationsOf } from './changes.ts'
import { changesFor, type Drift } from './drift.ts'
import { type Failures, failuresOf } from './failures.ts'
import { observe, type Observation } from './observe.ts'
import type { Report } from './report.ts'
import type { Kept, Target } from './session.ts'
import { followWiring } from './wired.ts'
import type { Work } from './work.ts'

/** What a run begins with. */
export interface Before {
  readonly drift: Drift
  readonly kept: readonly Kept[]
}

/** What a run of the engine came to. */
export interface Ran {
  readonly changes: Report['changes']
  readonly error: unknown
  readonly failures: Failures
  readonly observation: Observation
}

/** Lets the engine work towards a target, and waits until what runs is ready. */
export async function runEngine(work: Work, target: Target, before?: Before): Promise<Ran> {
  const { reached, wanted, tell } = work
  const components = target === 'running' ? wanted.system.components : []
  const observation = observe(reached.config, reached.where, components, tell)
  const { events, error, failures } = await attempts(work, target, observation)
  const late = error ?? (await failed(allReady(components, observation)))
  observation.stop()
  const repaired = changesFor(before?.drift.added ?? [])
  const changes = merged([...repaired, ...changesOf(events, before && contextOf(before))])
  const closed = work.session.closed()
  if (late === undefined && closed.length > 0) {
    const reasons = new Map(closed.map(({ component, reason }) => [component, [reason]]))
    return { changes, error: closed, failures: reasons, observation }
  }
  return { changes, error: late, failures: failuresOr(failures, late), observation }
}

/** What is known beside the engine's events. */
export const contextOf = ({ drift, kept }: Before): Context => ({
  known: new Set(kept.map(({ urn }) => urn)),
  whoSet: drift.whoSet,
})

/** What a promise is rejected with. */
export const failed = (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => undefined,
    (error: unknown) => error ?? new Error('The engine failed.'),
  )

const failuresOr = (failures: Failures, error: unknown): Failures =>
  failures.size === 0 ? failuresOf([], error) : failures

/** How often the engine begins anew when the cluster was away, and how long a cluster may be away, in ms. */
const ATTEMPTS = 3
const AWAY_MS = 60_000

interface Attempts {
  /** Of all attempts. */
  readonly events: readonly EngineEvent[]
  readonly error: unknown
  /** Of the last one. */
  readonly failures: Failures
}

/** The engine gives up when the API server is away for a moment; what it has done stays, so that it can be asked again. */
async function attempts(
  { session, note, reached, wanted }: Work,
  target: Target,
  { signal, wasAway, wired }: Observation,
): Promise<Attempts> {
  const { components } = wanted.system
  const events: EngineEvent[] = []
  for (let attempt = 1; ; attempt += 1) {
    const own: EngineEvent[] = []
    const follow = followWiring(components, wired)
    const onEvent = (event: EngineEvent) => {
      own.push(event)
      operationsOf(event).forEach(note)
      follow(event)
    }
    const error = await failed(session.up(target, { onEvent, signal }))
    events.push(...own)
    const failures = failuresOf(own, error)
    const isOver = error === undefined || signal.aborted || attempt === ATTEMPTS
    const isAway = wasAway() && isConnection(failures)
    if (isOver || !isAway || !(await isBack(reached.cluster))) return { events, error, failures }
  }
}

/** Whether what failed may be the connection to the cluster; the gateway has its own patience. */
const isConnection = (failures: Failures): boolean =>
  [...failures.values()]
    .flat()
    .some((text) => !text.startsWith('The gateway at') && CONNECTION.test(text))

const CONNECTION =
  /connection (?:refused|reset)|cluster is unreachable|cluster cannot be reached|EOF|ECONNREFUSED|connection lost|TLS handshake/i

async function isBack(cluster: Work['reached']['cluster']): Promise<boolean> {
  const end = performance.now() + AWAY_MS
  for (;;) {
    const error = await failed(cluster.identity())
    if (error === undefined) return true
    if (!(error instanceof ClusterError)) throw error
    if (performance.now() > end) return false
    await pause()
  }
}

/** What did not change nobody has waited for: it may have broken by itself. */
async function allReady(
  components: readonly Component[],
  { progress, signal }: Observation,
): Promise<void> {
  const start = performance.now()
  const isLate = ({ times }: Component) => performance.now() - start > times.startMs
  for (;;) {
    const waited = components.filter(({ name }) => progress.get(name)?.state !== 'ready')
    if (waited.length === 0) return
    if (signal.aborted || waited.some(isLate)) {
      throw new Error(`Not ready: ${waited.map(({ name }) => name).join(', ')}.`)
    }
    await pause()
  }
}

const PAUSE_MS = 250
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
