import autocannon from 'autocannon'
import { cpuMicroseconds, type Subject } from './processes.ts'

/** One run of load against one path. */
export interface Run {
  readonly cpuUs: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const CONNECTIONS = 32

/** Loads a path for some seconds over 32 connections; fails when an answer is not 2xx. */
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
    perSecond: result['2xx'] / seconds,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }
}

/** The middle value, and half the distance between the quartiles. */
export function summarize(values: readonly number[]): { median: number; spread: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  return { median: at(0.5), spread: (at(0.75) - at(0.25)) / 2 }
}
