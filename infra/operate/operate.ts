import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import type { Component } from '../system/model.ts'
import { changesOf } from './changes.ts'
import { exitOf, type Failures, failuresOf } from './failures.ts'
import { observe, type Observation, type Step } from './observe.ts'
import { LATE, nextStep } from './progress.ts'
import { demandReadyToGo, type Reached } from './ready-to-go.ts'
import type { ComponentReport, Report, State } from './report.ts'
import type { Session, Target } from './session.ts'
import type { Wanted } from './wanted.ts'
import { followWiring } from './wired.ts'

/** What an operation works on, and whom it tells. */
export interface Work {
  readonly session: Session
  readonly reached: Reached
  readonly wanted: Wanted
  readonly tell: (step: Step) => void
}

/** Brings a stack to what is wanted, and waits until its components are ready and wired. */
export async function bringUp(work: Work): Promise<Report> {
  await prepare(work)
  const ran = await run(work, 'running')
  const { changes, error, observation, failures } = ran
  if (error === undefined) {
    const components = work.wanted.system.components.map((component) =>
      reportOf(component, finalState(component, work.wanted), null),
    )
    for (const { name, state } of components) {
      if (state === 'wired') observation.wired(name)
    }
    return { result: changes.length === 0 ? 'unchanged' : 'ready', exit: 0, components, changes }
  }
  await work.session.recover()
  const components = work.wanted.system.components.map((component) =>
    lateReport(component, observation, failures),
  )
  const isLate = components.some(({ reason }) => reason !== null)
  const exit = exitOf(failures, isLate)
  return { result: 'failed', exit, components, changes, errors: [...failures.values()].flat() }
}

/** Tells what `bringUp` would change, and changes nothing. */
export async function previewUp(work: Work): Promise<Report> {
  await prepare(work)
  const events: EngineEvent[] = []
  const onEvent = (event: EngineEvent) => void events.push(event)
  const error = await failed(work.session.preview('running', { onEvent }))
  const changes = changesOf(events)
  const components = work.wanted.system.components.map((component) =>
    reportOf(component, 'pending', null),
  )
  if (error !== undefined) {
    const failures = failuresOf(events, error)
    const errors = [...failures.values()].flat()
    return { result: 'failed', exit: exitOf(failures, false), components: [], changes, errors }
  }
  const result = changes.length === 0 ? 'unchanged' : 'changes'
  return { result, exit: 0, components: changes.length === 0 ? [] : components, changes }
}

/** Takes away what runs; claims, Secrets and the namespace stay. */
export async function stop(work: Work): Promise<Report> {
  await work.session.configure(work.wanted.data)
  const { changes, error, failures } = await run(work, 'stopped')
  const { components } = work.wanted.system
  if (error === undefined) {
    const reports = components.map((component) => reportOf(component, 'stopped', null))
    return { result: 'stopped', exit: 0, components: reports, changes }
  }
  const reports = components.map((component) =>
    reportOf(component, 'draining', failures.get(component.name)?.[0] ?? null),
  )
  const errors = [...failures.values()].flat()
  return { result: 'failed', exit: exitOf(failures, false), components: reports, changes, errors }
}

async function prepare({ session, reached, wanted }: Work): Promise<void> {
  await demandReadyToGo(wanted, reached, await session.resources())
  await session.configure(wanted.data)
}

interface Ran {
  readonly changes: Report['changes']
  readonly error: unknown
  readonly failures: Failures
  readonly observation: Observation
}

async function run({ session, reached, wanted, tell }: Work, target: Target): Promise<Ran> {
  const { config, where } = reached
  const { components } = wanted.system
  const observation = observe(config, where, target === 'running' ? components : [], tell)
  const events: EngineEvent[] = []
  const follow = followWiring(components, observation.wired)
  const onEvent = (event: EngineEvent) => {
    events.push(event)
    follow(event)
  }
  const error = await failed(session.up(target, { onEvent, signal: observation.signal }))
  observation.stop()
  const changes = changesOf(events)
  const closed = session.closed()
  if (error === undefined && closed.length > 0) {
    const failures = new Map(closed.map(({ component, reason }) => [component, [reason]]))
    return { changes, error: closed, failures, observation }
  }
  return { changes, error, failures: failuresOf(events, error), observation }
}

const failed = (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => undefined,
    (error: unknown) => error ?? new Error('The engine failed.'),
  )

function finalState({ api }: Component, { settings }: Wanted): State {
  const isWired =
    api !== undefined && api.upstreams.length > 0 && settings.gateway.url !== undefined
  return isWired ? 'wired' : 'ready'
}

function lateReport(
  component: Component,
  { progress }: Observation,
  failures: Failures,
): ComponentReport {
  const { name } = component
  const seen = progress.get(name)
  const state = seen?.state ?? 'pending'
  const said = failures.get(name)?.[0]
  if (state === 'ready') return reportOf(component, state, said ?? null)
  const reason = seen?.reason ?? LATE[state]
  return reportOf(component, state, `${reason}. ${nextStep(name, reason)}`)
}

const reportOf = (
  { name, version, times }: Component,
  state: State,
  reason: string | null,
): ComponentReport => ({ name, state, version, bound: times.startMs, reason })
