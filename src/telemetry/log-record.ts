import type { Exchange } from '../http/context.ts'

/** A finished request, for the log. */
export interface LogRecord {
  readonly exchange: Exchange
  readonly status: number
  /** Length of the answer's body; null when it is streamed and nobody said. */
  readonly bytes: number | null
  readonly durationMs: number
}
