import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { type Exit, Refusal } from './report.ts'

/** What went wrong in a run of the engine, by component; the empty name is the whole stack. */
export type Failures = ReadonlyMap<string, readonly string[]>

/** Errors of a run in their own words, at the component whose resource they are about. */
export function failuresOf(events: readonly EngineEvent[], error: unknown): Failures {
  const failures = new Map<string, string[]>()
  const parents = new Map(
    events.flatMap(({ resourcePreEvent }) => {
      const step = resourcePreEvent?.metadata
      return step === undefined ? [] : [[step.urn, (step.new ?? step.old)?.parent ?? ''] as const]
    }),
  )
  for (const { diagnosticEvent } of events) {
    if (diagnosticEvent?.severity !== 'error') continue
    const message = diagnosticEvent.message.trim()
    if (EMPTY.test(message)) continue
    const parent = parents.get(diagnosticEvent.urn ?? '') ?? ''
    const component = parent.includes('cb-bridge:kubernetes:Component') ? nameOf(parent) : ''
    const all = failures.get(component) ?? []
    if (!all.includes(message)) failures.set(component, [...all, message])
  }
  if (failures.size === 0 && error !== undefined) failures.set('', [lineOf(error)])
  return failures
}

/** What the engine says beside the errors themselves. */
const EMPTY = /^(?:update failed|preview failed|an unhandled error occurred:.*)?$/

const nameOf = (urn: string): string => urn.split('::').at(-1) ?? ''

/** An engine that could not even open a stack, as a refusal. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const line = lineOf(error)
  return new Refusal([line], exitOf(new Map([['', [line]]]), false))
}

/** The line of an engine's error that says something, among those of the Automation API. */
function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const killed = /was killed with (SIG\w+)/.exec(text)?.[1]
  if (killed !== undefined) {
    return `${KILLED} ${killed}. Type the same command again: it finishes the work.`
  }
  const lines = text
    .split('\n')
    .map((line) => line.trim().replace(/^(?:stdout|stderr|err\?):\s*/, ''))
    .filter((line) => line !== '' && !/^code: -?\d+$/.test(line))
  const told = lines.find((line) => line.startsWith('error:')) ?? lines[0]
  return told?.replace(/^error:\s*/, '') ?? text
}

/** Errors of a removal in their own words, and how it can be done without a gateway that is away. */
export function errorsOf(failures: Failures, exit: Exit): readonly string[] {
  const errors = [...failures.values()].flat()
  return exit === 5 ? [...errors, WITHOUT] : errors
}

const WITHOUT =
  'If that gateway is gone for good, "down --without-gateway" leaves alone what the stack has there.'

/** A gateway that was away for too long; the engine puts words of its own before what a hook says. */
const UNREACHABLE = /The gateway at \S+ (?:cannot be reached|answers \d+; tried)/

const KILLED = 'The engine was ended by'

/** What the exit code of a failed run is. */
export function exitOf(failures: Failures, isLate: boolean): Exit {
  const texts = [...failures.values()].flat()
  if (texts.some((text) => UNREACHABLE.test(text))) return 5
  if (
    texts.some((text) =>
      /^(?:Nothing was changed|The stack's configuration|This stack is )/.test(text),
    )
  ) {
    return 1
  }
  if (texts.some((text) => /incorrect passphrase|stack is currently locked/i.test(text))) return 1
  if (texts.some((text) => text.startsWith(KILLED))) return 2
  return isLate ? 3 : 2
}
