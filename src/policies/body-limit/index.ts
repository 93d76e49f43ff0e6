import type { Context, MiddlewareHandler } from 'hono'
import * as z from 'zod'
import type { GatewayEnv } from '../../http/context.ts'
import type { Failure } from '../../http/failure.ts'
import type { BufferBody } from '../../http/installation.ts'
import { mayBeJson } from '../../http/media-type.ts'
import { count, size } from '../../http/options.ts'
import { refuse, replaceAnswer } from '../../http/refuse.ts'
import { isDeeperThan } from '../../lib/json-depth.ts'
import { definePolicy } from '../policy.ts'

const MIB = 2 ** 20

const options = z.object({
  max_size: size('Largest request body; larger ones get 413.', MIB),
  max_depth: count(
    'How deep the arrays and objects of a JSON body may nest; deeper ones get 400. 0: not looked at. The body is then buffered, and a compressed one gets 415.',
  ),
})

/**
 * Limits what a client may send. A declared length is judged at once; a body without one is counted while it streams
 * and cut off, with its upstream call, where it becomes too large.
 */
export const bodyLimit = definePolicy({
  summary: 'Limits the size of request bodies and the depth of JSON in them.',
  level: 'endpoint',
  options,
  shows: ['max_size', 'max_depth'],
  build: ({ max_size: maxBytes, max_depth: maxDepth }, { bufferBody }) => {
    const count = countWhileStreaming(maxBytes)
    const look = maxDepth === 0 ? count : lookInside(maxDepth, maxBytes, bufferBody)
    return (c, next) => {
      const { sent } = c.get('exchange')
      if (Number(sent.get('content-length') ?? 0) > maxBytes) return tooLarge(c, maxBytes)
      return mayBeJson(sent.get('content-type')) ? look(c, next) : count(c, next)
    }
  },
})

async function tooLarge(c: Context<GatewayEnv>, limitBytes: number): Promise<Response> {
  await c.req.raw.body?.cancel()
  return refuse(c, { kind: 'request-too-large', limitBytes })
}

const lookInside =
  (maxDepth: number, maxBytes: number, bufferBody: BufferBody): MiddlewareHandler<GatewayEnv> =>
  async (c, next) => {
    if (c.req.raw.body === null) return next()
    const coding = c.get('exchange').sent.get('content-encoding') ?? 'identity'
    if (coding.toLowerCase() !== 'identity') return refuse(c, COMPRESSED)
    const body = await bufferBody(c, maxBytes)
    if (!body.ok) return refuse(c, body.error)
    return body.value !== null && isDeeperThan(maxDepth, new Uint8Array(body.value))
      ? refuse(c, { kind: 'bad-body', reason: `The body nests deeper than ${maxDepth} levels.` })
      : next()
  }

const COMPRESSED: Failure = {
  kind: 'unsupported-body',
  reason: 'A compressed body can not be looked at; send it as it is.',
}

function countWhileStreaming(maxBytes: number): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const exchange = c.get('exchange')
    const { body } = c.req.raw
    // The runtime holds a client to the length that it has declared.
    if (body === null || exchange.sent.has('content-length')) return next()
    const limit = new AbortController()
    exchange.body = body.pipeThrough(counting(maxBytes, limit))
    exchange.stop = limit.signal
    try {
      await next()
    } catch (cause) {
      if (!limit.signal.aborted) throw cause
    }
    if (limit.signal.aborted)
      await replaceAnswer(c, { kind: 'request-too-large', limitBytes: maxBytes })
  }
}

/**
 * Passes bytes on until there is one too many. A broken stream alone would not do: workerd ends the upstream's body as
 * if it were whole, so the call itself is stopped first.
 */
function counting(
  maxBytes: number,
  limit: AbortController,
): TransformStream<Uint8Array, Uint8Array> {
  let seen = 0
  return new TransformStream({
    transform: (chunk, controller) => {
      seen += chunk.byteLength
      if (seen <= maxBytes) return controller.enqueue(chunk)
      limit.abort()
      controller.error(new Error(`the body exceeds ${maxBytes} bytes`))
    },
  })
}
