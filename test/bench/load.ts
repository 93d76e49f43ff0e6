import autocannon from 'autocannon'
import { cpuMicroseconds } from './cpu.ts'
import type { Subject } from './processes.ts'

/** One run of load against one path. */
export interface Run {
  /** Of the whole process, by request. */
  readonly cpuUs: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export const CONNECTIONS = 32

/** Loads a path for some seconds; fails when an answer is not 2xx. */
export async function load(subject: Subject, path: string, seconds: number): Promise<Run> {
  const before = cpuMicroseconds(subject.pid)
  const result = await autocannon({
    url: subject.url + path,
    connections: CONNECTIONS,
    duration: seconds,
  })
  const cpu = cpuMicroseconds(subject.pid) - before
  if (result.non2xx + result.errors > 0 || result['2xx'] === 0) {
    throw new Error(`${path}: ${result.non2xx} bad answers, ${result.errors} errors`)
  }
  return {
    cpuUs: cpu / result['2xx'],
    perSecond: result['2xx'] / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }
}
