import { performance } from 'node:perf_hooks'
import { printDiagnostic } from '../../src/config/diagnostics.ts'
import { load } from '../../src/config/load.ts'
import { activate } from '../../src/plan/activate.ts'
import { compile } from '../../src/plan/compile.ts'
import { createMatcher, type Matcher } from '../../src/plan/match.ts'
import type { Plan, Route } from '../../src/plan/types.ts'
import { manyRoutes } from './many-routes.ts'
import { firstMessage, forkScript } from './processes.ts'
import { summarize } from './statistics.ts'

/** What a number of routes costs, in Node. */
export interface RoutesCost {
  readonly routes: number
  /** From the text of YAML to the plan. */
  readonly compileMs: number
  /** In a fresh process, as an isolate does it. */
  readonly firstActivateMs: number
  /** When the code is warm: the median of ten. */
  readonly activateMs: number
  /** Of a request that a route takes; over all routes in mixed order. */
  readonly hitUs: number
  /** Of a request that no route takes. */
  readonly missUs: number
  /** What the matcher adds to the routes. */
  readonly matcherBytes: number
}

/** Measures in a process of its own, whose memory holds nothing else. */
export const measureRoutes = (count: number): Promise<RoutesCost> =>
  firstMessage<RoutesCost>(
    forkScript('matching.ts', {}, { args: [String(count)], execArgv: ['--expose-gc'] }),
  )

interface Ask {
  readonly method: string
  readonly path: string
}

async function measure(count: number): Promise<RoutesCost> {
  const compiled = await timed(() => compileMany(count))
  const plan = compiled.value
  const first = await timed(() => mustActivate(plan))
  const again: number[] = []
  for (let turn = 0; turn < 10; turn++) again.push((await timed(() => mustActivate(plan))).ms)
  const { routes } = first.value
  const { matcher, bytes } = weighMatcher(routes)
  const hits = shuffle(routes.map(hitOf))
  const misses = hits.map(missOf)
  mustAll(matcher, hits, 'route')
  mustAll(matcher, misses, 'not-found')
  return {
    routes: routes.length,
    compileMs: compiled.ms,
    firstActivateMs: first.ms,
    activateMs: summarize(again).median,
    hitUs: timeMatches(matcher, hits),
    missUs: timeMatches(matcher, misses),
    matcherBytes: bytes,
  }
}

async function timed<T>(work: () => T | Promise<T>): Promise<{ ms: number; value: T }> {
  const start = performance.now()
  const value = await work()
  return { ms: performance.now() - start, value }
}

async function compileMany(count: number): Promise<Plan> {
  const { document, diagnostics } = load(manyRoutes(count))
  const plan = document && (await compile(document)).plan
  if (plan === undefined) throw new Error(diagnostics.map(printDiagnostic).join('\n'))
  return plan
}

function mustActivate(plan: Plan): Plan {
  const activated = activate(plan, () => undefined)
  if (activated.ok) return activated.value
  throw new Error(activated.error.map(({ message }) => message).join('\n'))
}

/** The first miss makes what later misses need, so it counts as well. */
function weighMatcher(routes: readonly Route[]): { matcher: Matcher; bytes: number } {
  const weigh = (): Matcher => {
    const matcher = createMatcher(routes)
    matcher.match('GET', '/nothing/here')
    return matcher
  }
  const matcher = weigh()
  const before = heapBytes()
  const copies = Array.from({ length: COPIES }, weigh)
  return { matcher, bytes: (heapBytes() - before) / copies.length }
}

/** Several, so that what the engine itself allocates meanwhile does not count. */
const COPIES = 5

/** One collection leaves what only the next one finds to be garbage. */
function heapBytes(): number {
  for (let turn = 0; turn < 3; turn++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const hitOf = ({ method, path }: Route, index: number): Ask => ({
  method,
  path: path.replaceAll(/\{\w+\}/g, (name) => `${name.slice(1, -1)}-${index}`),
})

/** Half of them go astray at the last segment, the others at the first. */
const missOf = ({ method, path }: Ask, index: number): Ask => ({
  method,
  path: index % 2 === 0 ? `${path}/no/where` : `/nowhere${path}`,
})

/** Fisher and Yates, with the same order each time. */
function shuffle<T>(items: readonly T[]): T[] {
  const mixed = [...items]
  let seed = 1
  for (let last = mixed.length - 1; last > 0; last--) {
    seed = (seed * 48_271) % 2_147_483_647
    const other = seed % (last + 1)
    const [a, b] = [mixed[last], mixed[other]] as [T, T]
    mixed[last] = b
    mixed[other] = a
  }
  return mixed
}

function mustAll(matcher: Matcher, asks: readonly Ask[], kind: string): void {
  const wrong = asks.find(({ method, path }) => matcher.match(method, path).kind !== kind)
  if (wrong !== undefined) throw new Error(`${wrong.method} ${wrong.path} is not "${kind}"`)
}

/** Microseconds for one: the median of nine batches after one that warms up. */
function timeMatches(matcher: Matcher, asks: readonly Ask[]): number {
  const turns = Math.ceil(MATCHES_A_BATCH / asks.length)
  const batch = () => {
    const start = performance.now()
    for (let turn = 0; turn < turns; turn++) {
      for (const { method, path } of asks) matcher.match(method, path)
    }
    return ((performance.now() - start) * 1000) / (turns * asks.length)
  }
  batch()
  return summarize(Array.from({ length: 9 }, batch)).median
}

const MATCHES_A_BATCH = 50_000

if (process.argv[1] === import.meta.filename) {
  process.send?.(await measure(Number(process.argv[2])))
  process.disconnect()
}
