import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '../../../infra/operate/report.ts'
import type { ComponentStatus, Status, statusOf } from '../../../infra/operate/status.ts'
import type { Work } from '../../../infra/operate/work.ts'
import { untilSignalled } from '../signals.ts'
import type { StackFlags } from './options.ts'
import { showing, showTo } from './show.ts'
import { withWork } from './work.ts'

export interface StatusFlags extends StackFlags {
  readonly watch?: boolean
}

type StatusOf = typeof statusOf

const EVERY_MS = 2_000

/** Tells how the components of a stack are, once or until it is told to end. */
export function status(flags: StatusFlags): Promise<void> {
  const show = showTo(flags.json === true)
  return showing(flags.json === true, () =>
    withWork(flags, { show, recalls: true, changes: false }, async () => {
      const { statusOf } = await import('../../../infra/operate/status.ts')
      return (work) => lookAround(work, flags, statusOf)
    }),
  )
}

async function lookAround(
  { wanted, reached, session }: Work,
  flags: StatusFlags,
  statusOf: StatusOf,
): Promise<Report> {
  const token = process.env['CB_BRIDGE_TOKEN'] || (await session.token())
  const isStopped = flags.watch === true ? untilSignalled().then(() => true) : undefined
  for (;;) {
    const status = await statusOf(wanted, reached, token)
    if (flags.json !== true) status.components.forEach((component) => console.log(print(component)))
    if (isStopped === undefined) return reportOf(status)
    if (flags.json === true) console.log(JSON.stringify(reportOf(status)))
    // The exit code is that of the last look.
    if (await Promise.race([isStopped, sleep(EVERY_MS, false)])) return reportOf(status)
  }
}

function reportOf({ components, isGood }: Status): Report {
  const done = isGood
    ? ({ result: 'ready', exit: 0 } as const)
    : ({ result: 'failed', exit: 3 } as const)
  return { ...done, components, changes: [] }
}

/** What is behind a component's state, in indented lines. */
function print(component: ComponentStatus): string {
  const { name, running, replicas, restarts, lastError, volumes, upstreams } = component
  return [
    `${name}: ${running ?? 'not running'}, ${replicas.ready}/${replicas.wanted} ready, ${restarts} restarts`,
    ...(lastError === null ? [] : [`  last error: ${lastError}`]),
    ...volumes.map((volume) => `  volume ${volume.name}: ${volume.size}, ${volume.phase}`),
    ...upstreams.map(
      (upstream) =>
        `  upstream ${upstream.name}: ${upstream.state}, revision ${upstream.revision ?? 'none'}, ${upstream.address ?? 'no address'}`,
    ),
  ].join('\n')
}
