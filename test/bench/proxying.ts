import { BEARER } from './jwt.ts'
import { load, type Run } from './load.ts'
import type { Subject } from './processes.ts'
import { summarize, type Summary } from './statistics.ts'
import { inTurns } from './turns.ts'
import { type Size, SIZES } from './upstream.ts'

export const KINDS = ['pass', 'whitelist', 'merge', 'jwt'] as const
export type Kind = (typeof KINDS)[number]

/** What a request costs on the gateway and on the bare Worker. */
export interface Comparison {
  readonly kind: Kind
  readonly size: Size
  readonly log: 'json' | 'off'
  readonly gateway: Cost
  readonly bare: Cost
  /** CPU of the gateway over that of the bare Worker, round by round. */
  readonly ratio: Summary
}

/** Of several runs. */
export interface Cost {
  readonly cpuUs: Summary
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Two running Workers and how long to load them. */
export interface Contest {
  readonly gateway: Subject
  readonly bare: Subject
  readonly log: 'json' | 'off'
  readonly rounds: number
  readonly seconds: number
}

/** Some kinds in every size, gateway and bare Worker in turns. */
export async function compareAll(
  contest: Contest,
  kinds: readonly Kind[],
): Promise<readonly Comparison[]> {
  const results: Comparison[] = []
  for (const kind of kinds) {
    for (const size of Object.keys(SIZES) as Size[]) {
      process.stderr.write(`/${kind}/${size}, log ${contest.log} ...\n`)
      results.push(await compare(contest, kind, size))
    }
  }
  return results
}

async function compare(contest: Contest, kind: Kind, size: Size): Promise<Comparison> {
  const { gateway, bare, log, rounds, seconds } = contest
  const path = `/${kind}/${size}`
  const asked = kind === 'jwt' ? { headers: [BEARER] } : {}
  await verify(gateway.url + path, kind)
  const runOf = (subject: Subject) => (time: number) => load(subject, path, time, asked)
  const pairs = await inTurns(runOf(gateway), runOf(bare), { rounds, seconds })
  return {
    kind,
    size,
    log,
    gateway: costOf(pairs.map(({ one }) => one)),
    bare: costOf(pairs.map(({ other }) => other)),
    ratio: summarize(pairs.map(({ one, other }) => one.cpuUs / other.cpuUs)),
  }
}

const KEYS: Readonly<Record<Kind, string>> = {
  pass: 'id,node,status',
  whitelist: 'id,node',
  merge: 'a,b,c',
  jwt: 'id,node,status',
}

/** A gateway that does not do its work would be fast. */
async function verify(url: string, kind: Kind): Promise<void> {
  const keys = Object.keys((await (await fetch(url, { headers: BEARER })).json()) as object)
  if (keys.toSorted().join(',') !== KEYS[kind]) {
    throw new Error(`${url} answers with the keys ${keys.join(', ')}`)
  }
}

function costOf(runs: readonly Run[]): Cost {
  const median = (pick: (run: Run) => number) => summarize(runs.map(pick)).median
  return {
    cpuUs: summarize(runs.map(({ cpuUs }) => cpuUs)),
    perSecond: median(({ perSecond }) => perSecond),
    p50Ms: median(({ p50Ms }) => p50Ms),
    p99Ms: median(({ p99Ms }) => p99Ms),
  }
}
