import type { Exchange } from '../http/context.ts'
import type { Host } from './host.ts'
import type { Site } from '../plan/types.ts'
import { formatLogLine } from '../telemetry/log-line.ts'

/** Step 7, *record*: one log line and the counters, after the answer is made and never in its way. */
export function createRecord(
  { logFormat }: Pick<Site, 'logFormat'>,
  { ports: { telemetry, now } }: Host,
): (exchange: Exchange, response: Response) => void {
  return (exchange, response) => {
    response.headers.set('x-request-id', exchange.requestId)
    const durationMs = now() - exchange.startedAt
    telemetry.count(
      {
        route: exchange.route,
        method: exchange.method,
        status: response.status,
        durationMs,
        upstreams: exchange.calls.map(({ name, status, ms }) => ({ name, status, durationMs: ms })),
        ...(exchange.limits !== undefined && { limits: exchange.limits }),
      },
      exchange.later,
    )
    if (logFormat === 'off') return
    telemetry.log(formatLogLine(logFormat, describe(exchange, response, durationMs)))
  }
}

const describe = (exchange: Exchange, response: Response, durationMs: number) => ({
  exchange,
  status: response.status,
  bytes: lengthOf(response),
  durationMs,
})

/** Unknown (null) for streams without a declared length: counting them would cost every byte a trip through script. */
function lengthOf(response: Response): number | null {
  const length = response.headers.get('content-length')
  if (length !== null) return Number(length)
  return response.body === null ? 0 : null
}
