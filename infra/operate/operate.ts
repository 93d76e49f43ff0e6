import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import type { Component } from '../system/model.ts'
import { changesOf, merged } from './changes.ts'
import { changesFor, type Drift, findDrift } from './drift.ts'
import { errorsOf, exitOf, failuresOf } from './failures.ts'
import { demandOwnNamespace } from './namespace.ts'
import { LATE, nextStep } from './progress.ts'
import { demandReadyToGo } from './ready-to-go.ts'
import { forget, isGone } from './remove.ts'
import { repair } from './repair.ts'
import type { ComponentReport, Report, State } from './report.ts'
import { type Before, contextOf, failed, type Ran, runEngine } from './run.ts'
import type { Wanted } from './wanted.ts'
import type { Work } from './work.ts'

/** Brings a stack to what is wanted, and waits until its components are ready and wired. */
export async function bringUp(work: Work): Promise<Report> {
  const before = await prepare(work)
  await repair(work, before.drift)
  const { changes, error, observation, failures } = await runEngine(work, 'running', before)
  if (error === undefined) {
    const components = work.wanted.system.components.map((component) =>
      reportOf(component, finalState(component, work.wanted), null),
    )
    for (const { name, state } of components) {
      if (state === 'wired') observation.wired(name)
    }
    return { result: changes.length === 0 ? 'unchanged' : 'ready', exit: 0, components, changes }
  }
  const closed = (await work.session.recover()).map(printClosed)
  const components = work.wanted.system.components.map((component) =>
    lateReport(component, work, { observation, failures }),
  )
  const isLate = components.some(({ reason }) => reason !== null)
  const exit = exitOf(failures, isLate)
  const errors = [...[...failures.values()].flat(), ...closed]
  const isClosed = closed.length > 0 && exit !== 5
  return { result: 'failed', exit: isClosed ? 4 : exit, components, changes, errors }
}

const printClosed = (reason: string): string =>
  `The change failed, and what was drained for it cannot be opened again: ${reason}`

/** Tells what `bringUp` would change, and changes nothing. */
export async function previewUp(work: Work): Promise<Report> {
  const before = await prepare(work)
  const events: EngineEvent[] = []
  const onEvent = (event: EngineEvent) => void events.push(event)
  const error = await failed(work.session.preview('running', { onEvent }))
  const changes = merged([
    ...changesFor(before.drift.added),
    ...changesOf(events, contextOf(before)),
  ])
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
  if (await isGone(work)) return forget(work)
  const { cluster, where } = work.reached
  await demandOwnNamespace(cluster, where, await work.session.resources())
  await work.session.configure(work.wanted.data)
  const { changes, error, failures } = await runEngine(work, 'stopped')
  const { components } = work.wanted.system
  if (error === undefined) {
    const reports = components.map((component) => reportOf(component, 'stopped', null))
    return { result: 'stopped', exit: 0, components: reports, changes }
  }
  const reports = components.map((component) =>
    reportOf(component, 'draining', failures.get(component.name)?.[0] ?? null),
  )
  const exit = exitOf(failures, false)
  const errors = errorsOf(failures, exit)
  return { result: 'failed', exit, components: reports, changes, errors }
}

async function prepare({ session, reached, wanted }: Work): Promise<Before> {
  const kept = await session.resources()
  const look = async (): Promise<Drift> => {
    await demandReadyToGo(wanted, reached, kept)
    const { config, where } = reached
    const { reach } = wanted.settings
    return findDrift({ config, where, reach }, wanted.system.components)
  }
  // Settings stay on this machine, so they need not wait for what the cluster says; neither is left behind running.
  const [looked, configured] = await Promise.allSettled([look(), session.configure(wanted.data)])
  if (looked.status === 'rejected') throw looked.reason
  if (configured.status === 'rejected') throw configured.reason
  return { drift: looked.value, kept }
}

function finalState({ api }: Component, { settings }: Wanted): State {
  const isWired =
    api !== undefined && api.upstreams.length > 0 && settings.gateway.url !== undefined
  return isWired ? 'wired' : 'ready'
}

function lateReport(
  component: Component,
  { reached }: Work,
  { observation, failures }: Pick<Ran, 'observation' | 'failures'>,
): ComponentReport {
  const { name } = component
  const seen = observation.progress.get(name)
  const state = seen?.state ?? 'pending'
  const said = failures.get(name)?.[0]
  if (state === 'ready') return reportOf(component, state, said ?? null)
  const reason = seen?.reason ?? LATE[state]
  return reportOf(component, state, `${reason}. ${nextStep(name, reached.where.namespace, reason)}`)
}

const reportOf = (
  { name, version, times }: Component,
  state: State,
  reason: string | null,
): ComponentReport => ({ name, state, version, bound: times.startMs, reason })
