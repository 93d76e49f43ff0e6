import type { Exchange } from '../http/context.ts'
import type { Host } from './host.ts'
import type { Site } from '../plan/types.ts'
import { formatLogLine } from '../telemetry/log-line.ts'

/** How a request ended. */
export interface Ending {
  readonly status: number
  /** Length of the answer's body; null when it is streamed and nobody said. */
  readonly bytes: number | null
}

/** The status of a request whose client has gone before there was an answer (nginx's). */
export const CLIENT_GONE: Ending = { status: 499, bytes: 0 }

/** Step 7, *record*: one log line and the counters, after the answer is made and never in its way. */
export function createRecord(
  { logFormat }: Pick<Site, 'logFormat'>,
  { ports: { telemetry, now } }: Host,
): (exchange: Exchange, ending: Ending) => void {
  return (exchange, { status, bytes }) => {
    const durationMs = now() - exchange.startedAt
    telemetry.count(
      {
        route: exchange.route,
        method: exchange.method,
        status,
        durationMs,
        upstreams: exchange.calls.map(({ name, status, ms }) => ({ name, status, durationMs: ms })),
        ...(exchange.limits !== undefined && { limits: exchange.limits }),
      },
      exchange.later,
    )
    if (logFormat === 'off') return
    telemetry.log(formatLogLine(logFormat, { exchange, status, bytes, durationMs }))
  }
}

/**
 * How an answer to this method ends. Its length is unknown (null) for streams that declare none: counting them would
 * cost every byte a trip through script. `HEAD` declares the length of a body that is not sent (RFC 9110 section 9.3.2).
 */
export function endingOf(method: string, { status, headers, body }: Response): Ending {
  if (method === 'HEAD') return { status, bytes: 0 }
  const length = headers.get('content-length')
  return { status, bytes: length !== null ? Number(length) : body === null ? 0 : null }
}
