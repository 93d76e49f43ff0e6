import type { Exchange } from '../http/context.ts'
import type { Failure } from '../http/failure.ts'
import type { BackendInstallation } from '../http/installation.ts'
import { Refused } from '../http/refused.ts'
import { writeTrace } from '../http/trace.ts'
import { own } from '../lib/own.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { Outbound } from '../ports.ts'
import type { Backend, Route, Upstream } from '../plan/types.ts'
import { transports } from '../transports/index.ts'
import type { Fetch } from '../transports/transport.ts'
import type { Deadline } from './deadline.ts'
import { followRedirects } from './follow.ts'
import type { Scope } from './scope.ts'
import { type Candidate, candidatesOf, createBalancer, whyNone } from './targets.ts'

/** What to send, before an address is chosen. */
export interface Outgoing {
  /** Path and query, to be appended to the address. */
  readonly path: string
  readonly method: string
  /** Owned by the call: it adds ids and credentials. */
  readonly headers: Headers
  readonly body: ReadableStream | ArrayBuffer | null
}

/** Makes one backend call: an upstream's answer whatever its status, or why there is none. */
export type Call = (
  outgoing: Outgoing,
  exchange: Exchange,
  deadline: Deadline,
) => Promise<Result<Response, Failure>>

/** Builds the call of a route's backend: balancing, identity, credentials, transports, redirects. */
export function createCall(route: Route, backend: Backend, scope: Scope): Call {
  const installation = {
    ports: scope.ports,
    endpoint: route.name,
    backend: route.backends.indexOf(backend),
  }
  const candidates = candidatesOf(backend, scope)
  if (candidates.length === 0) return async () => err(whyNone(backend, scope))
  const choose = createBalancer(candidates, backend.balance)
  const keepsAuthorization = route.keptHeaders.includes('authorization')
  const senders = new Map<string | undefined, Fetch>()
  const senderTo = (binding: string | undefined): Fetch => {
    const known = senders.get(binding)
    if (known !== undefined) return known
    const sender = createSender(backend, candidates, installation, binding)
    senders.set(binding, sender)
    return sender
  }
  return async (outgoing, exchange, deadline) => {
    const candidate = choose()
    const { target, upstream } = candidate
    const passesAuthorization = upstream?.passAuthorization ?? !keepsAuthorization
    if (!passesAuthorization) outgoing.headers.delete('authorization')
    prepareHeaders(outgoing.headers, upstream, exchange)
    hold(upstream, exchange, deadline, scope)
    const startedAt = scope.ports.now()
    const record = { name: backend.name, target: target.shown ?? target.origin, status: 0, ms: 0 }
    exchange.calls.push(record)
    try {
      const response = await senderTo(upstream?.binding)(
        address(outgoing, candidate, endOf(deadline, exchange)),
        exchange,
      )
      record.status = response.status
      return isUsable(response, outgoing.headers)
        ? ok(response)
        : err({ kind: 'upstream-undecodable', reason: 'its status is not one that HTTP has.' })
    } catch (cause) {
      if (cause instanceof Refused) {
        // No call was made.
        exchange.calls.splice(exchange.calls.indexOf(record), 1)
        return err(cause.failure)
      }
      exchange.error = `${backend.name}: ${describeCause(cause)}`
      return err(failureOf(deadline))
    } finally {
      record.ms = scope.ports.now() - startedAt
    }
  }
}

/** A request to an upstream that can be drained is counted until its answer is made. */
function hold(
  upstream: Upstream | undefined,
  exchange: Exchange,
  { limitMs }: Deadline,
  { registered, inFlight }: Scope,
): void {
  if (upstream === undefined || own(registered, upstream.name) === undefined) return
  exchange.leases ??= []
  exchange.leases.push(inFlight.enter(upstream.name, limitMs))
}

/** Why a call or the reading of its body failed: its clock, or the connection. */
export const failureOf = (deadline: Deadline): Failure =>
  deadline.hasPassed()
    ? { kind: 'upstream-timeout', limitMs: deadline.limitMs }
    : { kind: 'upstream-unreachable' }

/** A final status of HTTP (RFC 9110 section 15), or the switch to WebSocket that was asked for. */
const isUsable = ({ status, webSocket }: Response, sent: Headers): boolean =>
  status === 101 ? webSocket !== null && sent.has('upgrade') : status >= 200 && status <= 599

function createSender(
  backend: Backend,
  candidates: readonly Candidate[],
  installation: BackendInstallation,
  binding: string | undefined,
): Fetch {
  const reachable = candidates.filter(({ upstream }) => upstream?.binding === binding)
  const layers = backend.transports.flatMap(({ key, options }) => {
    const transport = transports[key]
    return transport === undefined ? [] : [transport.build(options, installation)]
  })
  const send = followRedirects(reachable)((outbound) => installation.ports.fetch(outbound, binding))
  return layers.reduceRight((next, layer) => layer(next), send)
}

/** What ends a call early: its clock, or a policy that gives the request up. */
function endOf({ signal }: Deadline, { stop }: Exchange): AbortSignal | undefined {
  if (stop === undefined) return signal
  return signal === undefined ? stop : AbortSignal.any([signal, stop])
}

function address(
  outgoing: Outgoing,
  { target, upstream }: Candidate,
  signal: AbortSignal | undefined,
): Outbound {
  const { method, headers, body } = outgoing
  const origin =
    upstream?.preserveHost === true
      ? `${target.origin.slice(0, target.origin.indexOf('://'))}://${headers.get('x-forwarded-host')}`
      : target.origin
  const sendsBody = body !== null && method !== 'GET' && method !== 'HEAD'
  if (!sendsBody) headers.delete('content-length')
  return {
    url: origin + target.basePath + outgoing.path,
    method,
    headers,
    redirect: 'manual',
    ...(sendsBody && { body }),
    ...(signal !== undefined && { signal }),
  }
}

/** Identity of this very call: the first keeps the client's request id, each further one gets its own. */
function prepareHeaders(
  headers: Headers,
  upstream: Upstream | undefined,
  exchange: Exchange,
): void {
  headers.set(
    'x-request-id',
    exchange.calls.length === 0 ? exchange.requestId : crypto.randomUUID(),
  )
  writeTrace(exchange.trace, headers)
  if (upstream === undefined) return
  const own = upstream.headers
  for (const name in own) {
    const value = own[name]
    if (value === undefined || (name === 'authorization' && headers.has(name))) continue
    headers.set(name, value)
  }
}

/** An exception in words, for the log alone: it may name hosts. */
export const describeCause = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
