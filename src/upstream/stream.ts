import type { Context } from 'hono'
import type { GatewayEnv } from '../http/context.ts'
import { problem } from '../http/failure.ts'
import { dropHopByHop } from '../http/headers.ts'
import { refuse } from '../http/refuse.ts'
import { stamp } from '../http/stamp.ts'
import type { Route } from '../plan/types.ts'
import { fillTemplate } from '../plan/template.ts'
import { createCall } from './call.ts'
import { startDeadline, tighter } from './deadline.ts'
import type { Scope } from './scope.ts'
import { joinQuery, shapeHeaders, shapeQuery } from './shape.ts'
import { untilEnd } from './until-end.ts'

/** Answers a matched request. */
export type Forward = (c: Context<GatewayEnv>) => Promise<Response>

/** A route whose answer is handed on as it is: no-op and bypass, SSE, WebSocket, downloads. Nothing is buffered. */
export function createStream(route: Route, scope: Scope): Forward {
  const [backend] = route.backends
  const call = createCall(route, backend, scope)
  const limitMs = tighter(route.timeoutMs, backend.timeoutMs)
  return async (c) => {
    const exchange = c.get('exchange')
    const request = c.req.raw
    const headers = shapeHeaders(request, route, exchange)
    if (exchange.sent.get('upgrade')?.toLowerCase() === 'websocket')
      headers.set('upgrade', 'websocket')
    const path = route.isBypass
      ? ({ ok: true, value: exchange.path } as const)
      : fillTemplate(backend.path, { params: exchange.params, responses: [] })
    if (!path.ok) return problem({ kind: 'bad-parameter', reason: path.error }, exchange.requestId)
    const deadline = startDeadline(limitMs)
    const answer = await call(
      {
        path: joinQuery(path.value, shapeQuery(exchange.query, route.exceptQuery)),
        method: route.isBypass || request.method === 'HEAD' ? request.method : backend.method,
        headers,
        body: exchange.body ?? request.body,
      },
      exchange,
      deadline,
    )
    deadline.stop()
    return answer.ok
      ? handOn(answer.value, untilEnd(answer.value, exchange, request.signal))
      : refuse(c, answer.error)
  }
}

function handOn(response: Response, body: ReadableStream | null): Response {
  const answer =
    response.webSocket === null
      ? new Response(body, response)
      : new Response(null, {
          status: 101,
          headers: response.headers,
          webSocket: response.webSocket,
        })
  const isComplete = response.status < 400
  dropHopByHop(answer.headers)
  stamp(answer.headers, {
    isComplete,
    message: isComplete ? 'OK' : `The upstream answered ${response.status}.`,
  })
  return answer
}
