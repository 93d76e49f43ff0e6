import { ClusterError, messageOf } from '../../../infra/kubernetes/cluster.ts'
import type { Operation } from '../../../infra/operate/changes.ts'
import type { Step } from '../../../infra/operate/observe.ts'
import {
  type Change,
  type Difference,
  Refusal,
  type Report,
} from '../../../infra/operate/report.ts'
import { GatewayError } from '../../../infra/wiring/gateway.ts'
import { paint } from '../colours.ts'
import { UserFault } from '../fault.ts'

/** How a verb tells what happens: lines for people, or one JSON object per line. */
export interface Show {
  readonly step: (step: Step) => void
  readonly note: (operation: Operation) => void
  readonly say: (line: string) => void
}

export const showTo = (isJson: boolean): Show =>
  isJson
    ? { step: print, note: print, say: (line) => print({ message: line }) }
    : {
        // People see how components come along, not every object.
        note: () => undefined,
        step: ({ component, state, reason }) =>
          console.log(
            `${component.padEnd(24)} ${state}${reason === undefined ? '' : `: ${reason}`}`,
          ),
        say: (line) => console.error(line),
      }

const print = (object: object): void => console.log(JSON.stringify(object))

/** Runs a verb and shows what it came to; the exit code is the report's. */
export async function showing(isJson: boolean, run: () => Promise<Report>): Promise<void> {
  try {
    const report = await run().catch((error: unknown) => refused(error, isJson))
    process.exitCode = report.exit
    if (isJson) print(report)
    else show(report)
  } finally {
    // An engine that was killed is called for ever by what the program still waits for, and that holds the process.
    setTimeout(() => process.exit(), LINGER_MS).unref()
  }
}

/** How long what is over may go on, in ms. */
const LINGER_MS = 1_000

/** What the user can put right is a report as well. */
function refused(error: unknown, isJson: boolean): Report {
  const nothing = { result: 'failed', components: [], changes: [] } as const
  if (error instanceof Refusal) return { ...nothing, exit: error.exit, errors: error.errors }
  if (error instanceof GatewayError) {
    return { ...nothing, exit: error.kind === 'unreachable' ? 5 : 1, errors: [error.message] }
  }
  if (error instanceof UserFault || error instanceof ClusterError) {
    return { ...nothing, exit: 1, errors: [error.message] }
  }
  // Whoever reads the last line gets one, also of what nobody has foreseen.
  if (isJson) print({ ...nothing, exit: 2, errors: [`internal error: ${messageOf(error)}`] })
  throw error
}

function show({ result, components, changes, errors = [] }: Report): void {
  for (const change of changes) console.log(printChange(change))
  for (const { name, state, version, reason } of components) {
    const line = `${name.padEnd(24)} ${version.padEnd(12)} ${state}`
    console.log(reason === null ? line : `${line}: ${reason}`)
  }
  for (const error of errors) console.error(`error: ${error}`)
  console.log(result === 'failed' ? paint('red', result) : paint('green', result))
}

function printChange({ op, resource, differences, wasLost }: Change): string {
  const details = wasLost === true ? ['somebody has deleted it'] : differences.map(printDifference)
  return `${op} ${resource}${details.length === 0 ? '' : ` (${details.join('; ')})`}`
}

function printDifference({ field, old, new: wanted, who }: Difference): string {
  const values =
    old === undefined && wanted === undefined ? '' : `: ${brief(old)} -> ${brief(wanted)}`
  return `${field}${values}${who === undefined ? '' : `, set by ${who}`}`
}

/** A value in a few words; `null` stands for none. */
function brief(value: unknown): string {
  const text = value === null || value === undefined ? 'none' : JSON.stringify(value)
  return text.length <= BRIEF ? text : `${text.slice(0, BRIEF)}...`
}

const BRIEF = 60
