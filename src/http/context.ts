import type { Later, LimitSample } from '../ports.ts'
import type { HeaderMap } from './headers.ts'
import type { TraceContext } from './trace.ts'

/** What the gateway knows about one request, from *receive* to *record*. */
export interface Exchange {
  readonly requestId: string
  readonly trace: TraceContext
  /** The client's headers. */
  readonly sent: HeaderMap
  /** Address of the client without a port, or `unknown`. */
  readonly client: string
  readonly method: string
  /** Canonical path, as the client sent it (percent-encoding kept), without the query. */
  readonly path: string
  /** Decoded path parameters of the matched route. */
  params: Readonly<Record<string, string>>
  /** The query with its `?`, as the client sent it; empty when there is none. */
  readonly query: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly later: Later
  /** Name of the route once matched, else `-`. */
  route: string
  /** Upstream calls in the order in which they were made. */
  readonly calls: UpstreamCall[]
  /** Who the client proved to be; absent unless an authenticating policy let it pass. */
  identity?: Identity
  /** What is sent upstream instead of the request's own body, once a policy has read or wrapped that. */
  body?: ReadableStream | ArrayBuffer
  /** Aborted when a policy gives the request up while it is under way: its upstream calls end. */
  stop?: AbortSignal
  /** What the request holds of upstreams until its answer is made; absent when nothing. */
  leases?: Lease[]
  /** What limits did that is worth telling; absent when there is nothing. */
  limits?: LimitSample[]
  /** Why the gateway itself failed the request, for the log only. */
  error?: string
}

/** A request that counts as in flight to an upstream. */
export interface Lease {
  readonly end: () => void
  /** It lasts at most so long from now on. */
  readonly keep: (lifetimeMs: number) => void
}

/** A client that an authenticating policy knows. */
export interface Identity {
  /** The kind of proof: `hmac`, `jwt`. */
  readonly kind: string
  /** Whom the proof names: an access id, a token's `sub`. Empty when it names nobody. */
  readonly subject: string
  /** Everything else it says: a token's claims. */
  readonly claims: Readonly<Record<string, unknown>>
  /** What upstreams are told of it, as headers. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** One upstream call, as the log shows it. `status` 0 means that no answer came. */
export interface UpstreamCall {
  readonly name: string
  /** Address that was called: origin without credentials, path or query. */
  readonly target: string
  status: number
  ms: number
}

/** The one generic of every Hono app and policy here. It has no `Bindings`: the core reaches the world through Ports. */
export interface GatewayEnv {
  Variables: { exchange: Exchange }
}
