import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { promisify } from 'node:util'
import { makeScratch } from '../../src/cli/scratch.ts'
import { runWorkerd } from '../../src/cli/workerd.ts'
import type { Cleanup } from './cleanup.ts'
import { cpuMicroseconds } from './cpu.ts'
import { writeRoutes } from './many-routes.ts'
import { summarize, type Summary } from './statistics.ts'

/** What a plan adds to the start of workerd until `/__health` has answered for the first time. */
export interface StartCost {
  readonly routes: number
  readonly starts: number
  readonly wallMs: Summary
  /** NaN where the system does not tell. */
  readonly cpuMs: Summary
  /** The same start with one route, which is subtracted. */
  readonly baseline: { readonly wallMs: number; readonly cpuMs: number }
}

/** Starts workerd with one route and with many, in turns. */
export async function measureStart(
  routes: number,
  starts: number,
  cleanup: Cleanup,
): Promise<StartCost> {
  process.stderr.write(`${starts} starts with ${routes} routes and with 1 ...\n`)
  const scratch = makeScratch()
  cleanup.add(scratch.remove)
  const few = await prepare(join(scratch.path, 'few'), 1)
  const many = await prepare(join(scratch.path, 'many'), routes)
  // The first start reads the binary from disk.
  await start(few, cleanup)
  const pairs: { readonly few: Start; readonly many: Start }[] = []
  for (let turn = 0; turn < starts; turn++) {
    pairs.push({ few: await start(few, cleanup), many: await start(many, cleanup) })
  }
  const added = (key: keyof Start) => summarize(pairs.map((pair) => pair.many[key] - pair.few[key]))
  const base = (key: keyof Start) => summarize(pairs.map((pair) => pair.few[key])).median
  return {
    routes,
    starts,
    wallMs: added('wallMs'),
    cpuMs: added('cpuMs'),
    baseline: { wallMs: base('wallMs'), cpuMs: base('cpuMs') },
  }
}

interface Start {
  readonly wallMs: number
  readonly cpuMs: number
}

const CLI = join(import.meta.dirname, '../../src/cli/bin.mjs')

/** Writes what `workerd serve` needs; returns its configuration file. */
async function prepare(directory: string, routes: number): Promise<string> {
  const [config, out] = [join(directory, 'config'), join(directory, 'out')]
  mkdirSync(config, { recursive: true })
  writeRoutes(config, routes)
  const flags = ['container', '--dry-run', '--port', '0', '--config', config, '--out', out]
  await promisify(execFile)(process.execPath, [CLI, ...flags])
  return join(out, 'workerd.capnp')
}

async function start(configFile: string, cleanup: Cleanup): Promise<Start> {
  const from = performance.now()
  const run = runWorkerd({
    configFile,
    // Only what is removed at our end anyway.
    scratch: join(configFile, '..', 'unused'),
    environment: {},
    sockets: ['http'],
    log: () => {},
  })
  const workerd = await run
  const stop = async () => {
    workerd.kill('SIGKILL')
    await workerd.ended
  }
  cleanup.add(stop)
  const answer = await fetch(`http://127.0.0.1:${workerd.ports['http']}/__health`)
  const wallMs = performance.now() - from
  const cpuMs = cpuMicroseconds(workerd.pid) / 1000
  await answer.text()
  if (!answer.ok) throw new Error(`/__health answered ${answer.status}`)
  await stop()
  return { wallMs, cpuMs }
}
