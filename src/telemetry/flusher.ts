import type { Later } from '../ports.ts'
import type { Send } from './sender.ts'
import { PATIENCE_MS } from './patience.ts'

/** When an isolate hands its counts on. */
export interface Flusher {
  /** Runs once per request: almost always two comparisons of numbers. */
  readonly flushSoon: (later: Later) => void
  readonly flush: Send
}

/** Planned flushes of one isolate are at least this far apart. */
const INTERVAL_MS = 2000
/** Pauses before another attempt; after the last one the counts wait for the next request or scrape. */
const RETRIES_MS = [4000, 8000]

/**
 * At most one flush is planned and one is under way. Requests know that of each other by points in time, never by
 * promises: a request can end at any moment, and what it awaited ends with it. What is overdue counts as lost.
 */
export function createFlusher(send: Send, now: () => number): Flusher {
  let flushedAt = Number.NEGATIVE_INFINITY
  let plannedUntil = Number.NEGATIVE_INFINITY
  let sendingUntil = Number.NEGATIVE_INFINITY

  const flush = async (): Promise<boolean> => {
    flushedAt = now()
    sendingUntil = flushedAt + 2 * PATIENCE_MS
    const hasArrived = await send()
    sendingUntil = Number.NEGATIVE_INFINITY
    return hasArrived
  }

  const run = async (delayMs: number): Promise<void> => {
    for (const pauseMs of [delayMs, ...RETRIES_MS]) {
      plannedUntil = now() + pauseMs + PATIENCE_MS
      if (pauseMs > 0) await sleep(pauseMs)
      if (now() < sendingUntil) continue
      plannedUntil = Number.NEGATIVE_INFINITY
      if ((await flush()) || now() < plannedUntil) return
    }
    plannedUntil = Number.NEGATIVE_INFINITY
  }

  return {
    flush,
    flushSoon: (later) => {
      const time = now()
      if (time < plannedUntil) return
      later(run(Math.min(Math.max(flushedAt + INTERVAL_MS - time, 0), INTERVAL_MS)))
    },
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))
