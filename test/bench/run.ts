import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundleWorker, startupModules } from '../../src/cli/bundle.ts'
import { ROOT } from '../../src/cli/root.ts'
import { type Cleanup, createCleanup } from './cleanup.ts'
import { measureFloors } from './floors.ts'
import { CONNECTIONS } from './load.ts'
import { type LimitResults, measureLimits } from './limiting.ts'
import { measureRoutes, type RoutesCost } from './matching.ts'
import { type Options, readOptions } from './options.ts'
import { COUNTING, forkUpstream, startBare, startGateway } from './processes.ts'
import { type Comparison, compareAll, type Kind, KINDS } from './proxying.ts'
import { printReport, printVerdicts } from './report.ts'
import { judge, type Results } from './results.ts'
import { measureStack } from './stack.ts'
import { measureStart } from './start-up.ts'
import { measureStore, type StoreCost } from './storing.ts'
import { measureSwitching } from './switching.ts'

/** `npm run bench`: what the gateway costs, beside the least that a Worker can cost. */
const options = readOptions(process.argv)
const cleanup = createCleanup()
try {
  const results = await measure(options, cleanup)
  write(options.out, results)
  process.stdout.write(`\n${printReport(results)}\n`)
  if (options.check) {
    process.stdout.write(printVerdicts(results))
    if (judge(results).some(({ state }) => state === 'too high')) process.exitCode = 1
  }
} catch (error) {
  if (!cleanup.isInterrupted()) console.error(error)
  process.exitCode = 2
} finally {
  await cleanup.run()
}

async function measure(options: Options, cleanup: Cleanup): Promise<Results> {
  const machine = describeMachine()
  const { rounds, seconds, only } = options
  return {
    time: new Date().toISOString(),
    machine,
    rounds,
    seconds,
    connections: CONNECTIONS,
    bundle: await measureBundle(),
    floors: only.has('floors') ? await measureFloors({ rounds, seconds }, cleanup) : [],
    proxying: await measureProxying(options, cleanup),
    ...(only.has('limits') && { limits: await measureAllLimits(options, cleanup) }),
    ...(only.has('store') && { store: await measureStoreCost(options, cleanup) }),
    ...(only.has('switch') && { switching: await measureSwitching(options.publishes, cleanup) }),
    routes: only.has('routes') ? await measureAllRoutes() : [],
    ...(only.has('start') && { start: await measureStart(1000, options.starts, cleanup) }),
    ...(only.has('stack') && { stack: await measureStack(options.rounds, cleanup) }),
  }
}

/** What is loaded before the first request; the Admin API comes on demand. */
async function measureBundle(): Promise<Results['bundle']> {
  const modules = await bundleWorker()
  const sizes = startupModules(modules).map((name) => {
    const bytes = Buffer.from(modules[name] ?? '')
    return { bytes: bytes.length, gzipBytes: gzipSync(bytes, { level: 9 }).length }
  })
  return {
    bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    gzipBytes: sizes.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0),
  }
}

/** With all defaults, and pass-through once more without the log line. */
async function measureProxying(
  { rounds, seconds, only }: Options,
  cleanup: Cleanup,
): Promise<readonly Comparison[]> {
  const kinds = KINDS.filter((kind) => only.has(kind))
  if (kinds.length === 0) return []
  const upstream = await forkUpstream()
  cleanup.add(upstream.close)
  const bare = await startBare(upstream.origin)
  cleanup.add(bare.close)
  const against = async (log: 'json' | 'off', kinds: readonly Kind[]) => {
    const gateway = await startGateway(upstream.origin, log)
    cleanup.add(gateway.close)
    const comparisons = await compareAll({ gateway, bare, log, rounds, seconds }, kinds)
    await gateway.close()
    return comparisons
  }
  const logged = await against('json', kinds)
  return only.has('pass') ? [...logged, ...(await against('off', ['pass']))] : logged
}

async function measureAllLimits(
  { rounds, seconds }: Options,
  cleanup: Cleanup,
): Promise<LimitResults> {
  const upstream = await forkUpstream()
  cleanup.add(upstream.close)
  const gateway = await startGateway(upstream.origin, 'json')
  cleanup.add(gateway.close)
  const counting = await startBare(upstream.origin, COUNTING)
  cleanup.add(counting.close)
  const results = await measureLimits({ gateway, counting, rounds, seconds })
  await Promise.all([gateway.close(), counting.close(), upstream.close()])
  return results
}

async function measureStoreCost(
  { rounds, seconds }: Options,
  cleanup: Cleanup,
): Promise<StoreCost> {
  const { origin, close } = await forkUpstream()
  cleanup.add(close)
  const cost = await measureStore({ upstream: origin, rounds, seconds }, cleanup)
  await close()
  return cost
}

async function measureAllRoutes(): Promise<readonly RoutesCost[]> {
  const costs: RoutesCost[] = []
  for (const count of [1000, 10_000]) {
    process.stderr.write(`${count} routes in Node ...\n`)
    costs.push(await measureRoutes(count))
  }
  return costs
}

function describeMachine(): Results['machine'] {
  const processors = cpus()
  const { version } = createRequire(import.meta.url)('workerd/package.json') as { version: string }
  return {
    platform: `${process.platform} ${process.arch}`,
    cpus: processors.length,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    node: process.versions.node,
    workerd: version,
    loadAverage: loadavg()[0] ?? 0,
  }
}

function write(file: string | undefined, results: Results): void {
  const path = file ?? join(ROOT, 'dist/bench.json')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`)
}
