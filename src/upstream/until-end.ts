import type { Exchange } from '../http/context.ts'

/** How long a stream counts at most: its end can be lost with the connection of its client. */
const LONGEST_MS = 600_000

/**
 * The body of an answer that is handed on, which counts as in flight until it has passed or its client has gone. It passes
 * natively: no byte comes to script. One in a content coding would be unpacked on the way, so it counts to its headers, as
 * a WebSocket does.
 */
export function untilEnd(
  { body, headers }: Response,
  exchange: Exchange,
  client: AbortSignal,
): ReadableStream | null {
  const { leases } = exchange
  if (leases === undefined || body === null || headers.has('content-encoding')) return body
  delete exchange.leases
  for (const { keep } of leases) keep(LONGEST_MS)
  const end = () => {
    for (const lease of leases) lease.end()
  }
  const length = headers.get('content-length')
  const { readable, writable } =
    length === null ? new IdentityTransformStream() : new FixedLengthStream(Number(length))
  // A request may be over with the last byte, before anybody here hears of it.
  exchange.later(body.pipeTo(writable).then(end, end))
  client.addEventListener('abort', end)
  return readable
}
