import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { component, StandInGateway } from '../../infra/wiring/gateway.fixture.ts'
import { findCluster, type TestCluster } from '../infra/cluster.ts'
import type { Cleanup } from './cleanup.ts'
import { summarize, type Summary } from './statistics.ts'

/** How long the verbs of a stack take, or why nobody knows. */
export type StackTimes =
  | { readonly kind: 'skipped'; readonly reason: string }
  | {
      readonly kind: 'measured'
      readonly rounds: number
      readonly upMs: Summary
      /** Of a stack that nothing has changed. */
      readonly previewMs: Summary
      /** From the readiness of its pods to the registration of its first upstream. */
      readonly wiringMs: Summary
    }

/** Brings a stack up, looks at it again, and removes it, several times. */
export async function measureStack(rounds: number, cleanup: Cleanup): Promise<StackTimes> {
  const { cluster, stop } = findCluster(`bench-${process.pid}`)
  cleanup.add(stop)
  if (cluster.kind === 'none') return { kind: 'skipped', reason: cluster.reason }
  process.stderr.write(`${rounds} stacks on a cluster ...\n`)
  const turns: Turn[] = []
  for (let turn = 0; turn < rounds; turn += 1) turns.push(await measureOnce(cluster, turn, cleanup))
  const summary = (key: keyof Turn) => summarize(turns.map((each) => each[key]))
  return {
    kind: 'measured',
    rounds,
    upMs: summary('upMs'),
    previewMs: summary('previewMs'),
    wiringMs: summary('wiringMs'),
  }
}

interface Turn {
  readonly upMs: number
  readonly previewMs: number
  readonly wiringMs: number
}

const CLI = join(import.meta.dirname, '../../src/cli/bin.mjs')
const SPIDER = 'cb-spider'

async function measureOnce(
  { environment }: Extract<TestCluster, { kind: 'there' }>,
  turn: number,
  cleanup: Cleanup,
): Promise<Turn> {
  const directory = mkdtempSync(join(tmpdir(), 'cb-bridge-bench-'))
  cleanup.add(() => rmSync(directory, { recursive: true, force: true }))
  const [gateway, spider] = [new StandInGateway(), await component()]
  const url = await gateway.start()
  cleanup.add(() => gateway.stop())
  cleanup.add(() => spider.stop())
  const name = `bench-${process.pid}-${turn}`
  const [ready, published] = [new Moment(), new Moment()]
  gateway.before = (method, path) => {
    if (method === 'PUT' && path === `upstreams/${SPIDER}`) published.note()
  }
  const env = {
    ...process.env,
    ...environment,
    PULUMI_CONFIG_PASSPHRASE: 'bench',
    CB_BRIDGE_TOKEN: 'wiring-token',
  }
  const state = ['--stack', name, '--state', `file://${directory}/state`]
  const context = ['--context', await contextOf(env)]
  const set = { namespace: name, 'gateway.url': url, [`addresses.${SPIDER}`]: spider.url }
  const settings = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`])
  const run = (verb: string, ...more: string[]) =>
    timed([CLI, verb, ...state, ...context, '--json', ...more], env, (line) => {
      if (line['component'] === SPIDER && line['state'] === 'ready') ready.note()
    })
  const upMs = await run('up', ...settings)
  const previewMs = await run('preview', ...settings)
  await run('down', '--delete-data', '--yes')
  return { upMs, previewMs, wiringMs: published.ms - ready.ms }
}

/** When something happened first. */
class Moment {
  ms = Number.NaN

  note(): void {
    if (Number.isNaN(this.ms)) this.ms = performance.now()
  }
}

type Line = Readonly<Record<string, unknown>>

/** Runs the command line to its end; resolves with how long that took, in ms. */
async function timed(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: Line) => void,
): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, [...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let last = ''
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = line
    onLine(JSON.parse(line) as Line)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`${args[1] ?? ''} ended with ${code}: ${last}`)
  return performance.now() - start
}

async function contextOf(env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('kubectl', ['config', 'current-context'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await new Promise((resolve) => child.once('close', resolve))
  return text.trim()
}
