import type { BufferBody } from '../http/installation.ts'
import { err, ok } from '../lib/result.ts'
import { readBytes } from './body.ts'
import type { BodyBudget } from './budget.ts'

/** How long the memory of a buffered request body stays reserved when its request vanishes. */
const REQUEST_LIFETIME_MS = 60_000

/** Buffers request bodies within the isolate's budget; rejects when the client breaks off. */
export function createBufferBody(budget: BodyBudget): BufferBody {
  return async (c, limitBytes) => {
    const exchange = c.get('exchange')
    const tooLarge = err({ kind: 'request-too-large', limitBytes } as const)
    const { body } = exchange
    if (body instanceof ArrayBuffer) return body.byteLength <= limitBytes ? ok(body) : tooLarge
    const source = body === undefined ? c.req.raw : new Response(body)
    if (source.body === null) return ok(null)
    const held = budget.reserve(REQUEST_LIFETIME_MS)
    // A body that breaks off rejects; what it held must not stay reserved.
    const read = await readBytes(source, { bytes: limitBytes, held }).finally(held.release)
    if (!read.ok) return read.error === 'busy' ? err({ kind: 'busy' }) : tooLarge
    exchange.body = read.value
    return read
  }
}
