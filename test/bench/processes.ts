import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { PUBLIC_KEY } from './jwt.ts'

/** A workerd that is being measured. */
export interface Subject {
  /** Without a trailing slash. */
  readonly url: string
  readonly pid: number
  readonly close: () => Promise<void>
}

/** Starts the upstream process. */
export async function forkUpstream(): Promise<{ origin: string; close: () => Promise<void> }> {
  const child = forkScript('upstream.ts', {})
  const origin = await firstMessage<string>(child)
  return { origin, close: () => letGo(child) }
}

/**
 * Starts the gateway with the benchmark's configuration in a plain workerd whose stdout goes to nowhere; `worker` is the
 * path of another `worker.js`.
 */
export async function startGateway(
  upstream: string,
  log: 'json' | 'off',
  worker?: string,
): Promise<Subject> {
  const child = forkScript('gateway.ts', {
    ...(worker !== undefined && { CB_BRIDGE_WORKER: worker }),
    BENCH_UPSTREAM: upstream,
    BENCH_LOG: log,
    BENCH_KEYS: JSON.stringify({ keys: [PUBLIC_KEY] }),
  })
  const { url, pid } = await firstMessage<{ url: string; pid: number }>(child)
  return { url, pid, close: () => letGo(child) }
}

/** A Worker of `workers/`, the least that can be compared with. */
export interface Floor {
  readonly script: string
  /** The class of its one kind of Durable Objects, and the binding to it. */
  readonly object?: { readonly className: string; readonly binding: string }
}

const BARE: Floor = { script: 'bare.js' }
/** One call of an object that does one UPSERT. */
export const COUNTING: Floor = {
  script: 'counting.js',
  object: { className: 'Counter', binding: 'COUNTER' },
}

/** The variables by which `bare.ts` is told what to run: upstream, floor, key. */
export const BARE_VARIABLES = ['BENCH_UPSTREAM', 'BENCH_FLOOR', 'BENCH_KEY'] as const

/** Starts a bare Worker in a workerd of its own whose stdout goes to nowhere. */
export async function startBare(upstream: string, floor: Floor = BARE): Promise<Subject> {
  const values = [upstream, JSON.stringify(floor), JSON.stringify(PUBLIC_KEY)]
  const variables = BARE_VARIABLES.map((name, index) => [name, values[index] ?? ''])
  const child = forkScript('bare.ts', Object.fromEntries(variables))
  const { url, pid } = await firstMessage<{ url: string; pid: number }>(child)
  return { url, pid, close: () => letGo(child) }
}

/** Runs a script of this directory beside us; its stdout goes to nowhere. */
export function forkScript(
  file: string,
  environment: Readonly<Record<string, string>>,
  { args = [], execArgv = [] }: { readonly args?: string[]; readonly execArgv?: string[] } = {},
): ChildProcess {
  return fork(join(import.meta.dirname, file), args, {
    env: { ...process.env, ...environment },
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** What a forked script reports; rejects when it ends without a word. */
export function firstMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T))
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(new Error(`${child.spawnargs.at(-1)} ended with exit code ${code}`)),
    )
  })
}

/** Forked scripts end when their parent lets go of them. */
async function letGo(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(timer)
}
