import { type Run, load, summarize } from './load.ts'
import type { Subject } from './processes.ts'
import { type Size, SIZES } from './upstream.ts'

/** What a request costs on the gateway and on the bare Worker, and their ratio. */
export interface Comparison {
  readonly name: string
  readonly gateway: Summary
  readonly bare: Summary
  /** Median CPU of the gateway over that of the bare Worker. */
  readonly ratio: number
}

interface Summary {
  readonly cpuUs: number
  readonly cpuSpreadUs: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const KINDS = ['pass', 'whitelist', 'merge'] as const
const WARM_UP_S = 1

/** Every kind and size, gateway and bare Worker in turns. */
export async function compareAll(
  gateway: Subject,
  bare: Subject,
  options: { readonly rounds: number; readonly seconds: number; readonly suffix?: string },
): Promise<readonly Comparison[]> {
  const results: Comparison[] = []
  for (const kind of KINDS) {
    for (const size of Object.keys(SIZES) as Size[]) {
      const path = `/${kind}/${size}`
      process.stderr.write(`${path}${options.suffix ?? ''} ...\n`)
      results.push(await compare({ gateway, bare, path, ...options }))
    }
  }
  return results
}

interface Case {
  readonly gateway: Subject
  readonly bare: Subject
  readonly path: string
  readonly rounds: number
  readonly seconds: number
  readonly suffix?: string
}

async function compare({ gateway, bare, path, rounds, seconds, suffix }: Case): Promise<Comparison> {
  const runs = { gateway: [] as Run[], bare: [] as Run[] }
  await load(gateway, path, WARM_UP_S)
  await load(bare, path, WARM_UP_S)
  for (let round = 0; round < rounds; round++) {
    runs.gateway.push(await load(gateway, path, seconds))
    runs.bare.push(await load(bare, path, seconds))
  }
  const [ours, floor] = [summarizeRuns(runs.gateway), summarizeRuns(runs.bare)]
  return { name: path + (suffix ?? ''), gateway: ours, bare: floor, ratio: ours.cpuUs / floor.cpuUs }
}

function summarizeRuns(runs: readonly Run[]): Summary {
  const cpu = summarize(runs.map(({ cpuUs }) => cpuUs))
  const median = (pick: (run: Run) => number) => summarize(runs.map(pick)).median
  return {
    cpuUs: cpu.median,
    cpuSpreadUs: cpu.spread,
    perSecond: median(({ perSecond }) => perSecond),
    p50Ms: median(({ p50Ms }) => p50Ms),
    p99Ms: median(({ p99Ms }) => p99Ms),
  }
}
