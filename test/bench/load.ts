import autocannon from 'autocannon'
import { cpuMicroseconds } from './cpu.ts'
import type { Subject } from './processes.ts'

/** One run of load against one path. */
export interface Run {
  /** Of the whole process, by answer. */
  readonly cpuUs: number
  /** Answers that were expected. */
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** How long it went on. */
  readonly seconds: number
}

/** What a run is like when it is not plain requests that are all answered with 2xx. */
export interface Expectation {
  /** Headers of the requests, one set after the other. */
  readonly headers?: readonly Readonly<Record<string, string>>[]
  /** `mostly`: what passes is counted, and all else may be refused. */
  readonly isRefused?: true | 'mostly'
}

export const CONNECTIONS = 32

/** Loads a path for some seconds; fails when an answer is not what was expected. */
export async function load(
  subject: Subject,
  path: string,
  seconds: number,
  { headers = [], isRefused }: Expectation = {},
): Promise<Run> {
  const before = cpuMicroseconds(subject.pid)
  const result = await autocannon({
    url: subject.url + path,
    connections: CONNECTIONS,
    duration: seconds,
    ...(headers.length > 0 && { requests: headers.map((set) => ({ headers: set })) }),
  })
  const cpu = cpuMicroseconds(subject.pid) - before
  const expected = isRefused === true ? result.non2xx : result['2xx']
  const bad = isRefused === undefined ? result.non2xx : isRefused === true ? result['2xx'] - 1 : 0
  if (bad > 0 || result.errors > 0 || expected === 0) {
    throw new Error(`${path}: ${bad} bad answers, ${result.errors} errors`)
  }
  return {
    cpuUs: cpu / (result['2xx'] + result.non2xx),
    perSecond: expected / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    seconds: result.duration,
  }
}
