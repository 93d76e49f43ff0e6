import type { UpstreamCall } from '../http/context.ts'
import { formatCbLog } from './cb-log.ts'
import type { LogRecord } from './log-record.ts'
import { cap, escapeActive, queryNames, shownError, shownPath } from './scrub.ts'

/** One line without a line break: JSON, or the text line of Cloud-Barista's cb-log. */
export const formatLogLine = (format: 'json' | 'cb-log', record: LogRecord): string =>
  format === 'json' ? formatJson(record) : formatCbLog(record)

/** JSON.stringify: measured, it beats text that is put together by hand. */
function formatJson({ exchange, status, bytes, durationMs }: LogRecord): string {
  const { calls, limits, error } = exchange
  const line = JSON.stringify({
    time: isoTime(exchange.startedAt),
    request_id: cap(exchange.requestId, 128),
    trace_id: exchange.trace.traceId,
    client: exchange.client,
    subject: exchange.identity && cap(exchange.identity.subject, 128),
    method: cap(exchange.method, 32),
    route: exchange.route,
    path: shownPath(exchange.path),
    status,
    bytes,
    duration_ms: durationMs,
    upstream: calls.map(describeCall),
    query: queryNames(exchange.query),
    ...(limits !== undefined && { limits }),
    error: error === undefined ? null : shownError(error),
  })
  return escapeActive(line)
}

const describeCall = ({ name, target, status, ms }: UpstreamCall): UpstreamCall => ({
  name,
  target,
  status,
  ms,
})

let knownSecond = Number.NaN
let knownPrefix = ''

/** ISO 8601 in UTC; the part up to the second is made once per second. */
function isoTime(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== knownSecond) {
    knownPrefix = new Date(second * 1000).toISOString().slice(0, 20)
    knownSecond = second
  }
  return `${knownPrefix}${String(Math.floor(ms - second * 1000)).padStart(3, '0')}Z`
}
