import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { guard } from './guard.ts'

/** How to run workerd. */
export interface WorkerdRun {
  readonly configFile: string
  /** Directory that shall not outlive us either. */
  readonly scratch: string
  readonly environment: Readonly<Record<string, string>>
  /** Sockets to wait for. */
  readonly sockets: readonly string[]
  /** Takes each line of its stdout (the request log); absent: our own stdout. */
  readonly log?: (line: string) => void
  /** The same for stderr. */
  readonly note?: (line: string) => void
}

/** A running workerd. */
export interface Workerd {
  readonly pid: number
  /** Ports by socket name. */
  readonly ports: Readonly<Record<string, number>>
  /** Resolves when it ends, with what it said last. */
  readonly ended: Promise<WorkerdEnd>
  readonly kill: (signal: 'SIGTERM' | 'SIGKILL') => void
}

export interface WorkerdEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Starts workerd and waits until it listens; rejects with its own words when it ends instead. */
export async function runWorkerd(run: WorkerdRun): Promise<Workerd> {
  const child = spawn(executable(), ['serve', '--control-fd=3', run.configFile, 'config'], {
    // A group of its own: Ctrl-C is ours to answer, by draining.
    detached: true,
    env: { ...run.environment },
    stdio: ['ignore', run.log === undefined ? 'inherit' : 'pipe', 'pipe', 'pipe'],
  })
  guard(child, run.scratch)
  const said: string[] = []
  const { log, note = toStderr } = run
  if (log !== undefined) eachLine(child.stdout, log)
  eachLine(child.stderr, (line) => {
    if (said.length < KEPT_LINES) said.push(line)
    note(line)
  })
  const ended = new Promise<WorkerdEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: null, signal: null }))
  })
  const ports = await Promise.race([listening(child, run.sockets), ended.then(() => undefined)])
  if (ports === undefined || child.pid === undefined) {
    throw new Error(`workerd ended before it listened\n${said.join('\n')}`)
  }
  return { pid: child.pid, ports, ended, kill: (signal) => void child.kill(signal) }
}

const KEPT_LINES = 20

/** The package exports the path of the binary for this machine. */
const executable = (): string =>
  (createRequire(import.meta.url)('workerd') as { default: string }).default

/** The control pipe reports each socket's port as a line of JSON. */
async function listening(child: ChildProcess, sockets: readonly string[]) {
  const ports: Record<string, number> = {}
  await new Promise<void>((resolve) => {
    eachLine(child.stdio[3] as Readable, (line) => {
      const report = JSON.parse(line) as { socket?: string; port?: number }
      if (report.socket !== undefined && report.port !== undefined) {
        ports[report.socket] = report.port
      }
      if (sockets.every((name) => ports[name] !== undefined)) resolve()
    })
  })
  return ports
}

function eachLine(stream: Readable | null, take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream, crlfDelay: Infinity }).on('line', take)
}

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`)
