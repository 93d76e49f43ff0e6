import type { UpstreamCall } from '../http/context.ts'
import type { LogRecord } from './log-record.ts'
import { cap, escapeActive, queryNames, shownError, shownPath } from './scrub.ts'

/**
 * A finished request as Cloud-Barista's cb-log writes it:
 * `[cb-restapigw].[INFO]: 2006-01-02 15:04:05 - message<TAB>[key=value,...]`, in UTC.
 */
export function formatCbLog({ exchange, status, bytes, durationMs }: LogRecord): string {
  const {
    requestId,
    trace,
    client,
    method,
    route,
    path,
    query,
    calls,
    identity,
    limits = [],
    error,
  } = exchange
  const level = status >= 500 || error !== undefined ? 'ERROR' : 'INFO'
  const time = new Date(exchange.startedAt).toISOString().slice(0, 19).replace('T', ' ')
  const message = `${escapeActive(cap(method, 32))} ${escapeActive(shownPath(path))} ${status}`
  const fields: readonly (readonly [name: string, value: string])[] = [
    ['request_id', cap(requestId, 128)],
    ['trace_id', trace.traceId],
    ['client', client],
    ['subject', cap(identity?.subject ?? '', 128)],
    ['route', route],
    ['bytes', String(bytes ?? '-')],
    ['duration_ms', String(durationMs)],
    ['upstream', calls.map(formatCall).join(' ')],
    ['query', queryNames(query).join(' ')],
    ['limits', limits.map(({ rule, outcome }) => `${rule}:${outcome}`).join(' ')],
    ['error', error === undefined ? '' : shownError(error)],
  ]
  const shown = fields.filter(([, value]) => value !== '')
  const list = shown.map(([name, value]) => `${name}=${field(value)}`).join(',')
  return `[cb-restapigw].[${level}]: ${time} - [API G/W] ${message}\t[${list}]`
}

const formatCall = ({ name, target, status, ms }: UpstreamCall): string =>
  `${name}@${target}:${status}:${ms}ms`

/** Quoted where a value could pass for another field or another line. */
const field = (value: string): string =>
  /^[\w.:/@~%+ -]+$/.test(value) ? value : escapeActive(JSON.stringify(value))
