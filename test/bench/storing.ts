import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import { workerBuild } from '../../src/cli/bundle.ts'
import { makeScratch } from '../../src/cli/scratch.ts'
import type { Cleanup } from './cleanup.ts'
import { load } from './load.ts'
import { startGateway } from './processes.ts'
import { summarize, type Summary } from './statistics.ts'
import { warmUp } from './turns.ts'

/** What following a store costs a request while nothing is published. */
export interface StoreCost {
  readonly cpuUs: Summary
  /** CPU over that of the same gateway without a store, round by round. */
  readonly ratio: Summary
}

interface Given {
  readonly upstream: string
  readonly rounds: number
  readonly seconds: number
}

/** The gateway as it is, and one whose storage does nothing, in turns. */
export async function measureStore(given: Given, cleanup: Cleanup): Promise<StoreCost> {
  process.stderr.write('pass-through with and without the store ...\n')
  const { upstream, rounds, seconds } = given
  const scratch = makeScratch()
  cleanup.add(scratch.remove)
  const worker = await bundleWithoutStore(scratch.path)
  const one = await startGateway(upstream, 'json')
  cleanup.add(one.close)
  const other = await startGateway(upstream, 'json', worker)
  cleanup.add(other.close)
  const run = async (gateway: typeof one, time: number) =>
    (await load(gateway, '/pass/1k', time)).cpuUs
  const runs = [one, other].map((gateway) => (time: number) => run(gateway, time))
  await warmUp(runs, seconds)
  const pairs: { readonly one: number; readonly other: number }[] = []
  for (let round = 0; round < rounds; round++) {
    // Whoever is first in one round is second in the next.
    const [first, second] = round % 2 === 0 ? [one, other] : [other, one]
    const times = [await run(first, seconds), await run(second, seconds)]
    const [a = 0, b = 0] = round % 2 === 0 ? times : times.toReversed()
    pairs.push({ one: a, other: b })
  }
  await Promise.all([one.close(), other.close()])
  return {
    cpuUs: summarize(pairs.map((pair) => pair.one)),
    ratio: summarize(pairs.map((pair) => pair.one / pair.other)),
  }
}

/** Builds the Worker with a storage that reads nothing and keeps nobody waiting; returns the path of its `worker.js`. */
async function bundleWithoutStore(directory: string): Promise<string> {
  const stub: esbuild.Plugin = {
    name: 'without-store',
    setup: (build) => {
      build.onLoad({ filter: /src\/gateway\/storage\.ts$/ }, () => ({
        contents: STUB,
        loader: 'js',
      }))
    },
  }
  const { outputFiles } = await esbuild.build({
    ...workerBuild(),
    plugins: [stub],
    splitting: false,
  })
  await esbuild.stop()
  const [main] = outputFiles
  const path = join(directory, 'worker.js')
  writeFileSync(path, main?.text ?? '')
  return path
}

const STUB = `export const createStorage = () => ({
  beforeRequest: () => undefined, refresh: async () => {}, acknowledge: async () => {}, rebundle: () => {}, archive: {},
})`
