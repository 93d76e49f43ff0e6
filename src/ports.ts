import type { IssuerKeys } from './ports/issuer-keys.ts'
import type { Limiter } from './ports/limiter.ts'

/** The only ways out of the core. A host supplies them; tests supply others. */
export interface Ports {
  /** Calls an upstream; `binding` names a Fetcher binding to use instead of the network. */
  readonly fetch: (outbound: Outbound, binding?: string) => Promise<Response>
  /** The value of a `${NAME}`: a binding or secret of the host, or undefined. */
  readonly secret: (name: string) => string | undefined
  /** Wall clock in milliseconds since the epoch. On the edge it stands still between I/O. */
  readonly now: () => number
  readonly limiter: Limiter
  readonly issuerKeys: IssuerKeys
  readonly telemetry: Telemetry
}

/** A request to an upstream: plain data, because each `Request` object copies all headers once more. */
export interface Outbound {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  /** Redirects are the gateway's to follow. */
  readonly redirect: 'manual'
  readonly body?: ReadableStream | ArrayBuffer
  readonly signal?: AbortSignal
}

/** Where the record of a finished request goes; neither method may throw or wait. */
export interface Telemetry {
  /** Writes one line of the request log. */
  readonly log: (line: string) => void
  /** Counts the request; hands slow work to `later` so that no answer waits for it. */
  readonly count: (sample: Sample, later: Later) => void
  /** What was counted, summed over all isolates. Rejects rather than leave something out. */
  readonly totals: (later: Later) => Promise<Counts>
  /** Prometheus text (exposition format 0.0.4) summed over all isolates. */
  readonly exposition: (later: Later) => Promise<string>
}

/** Keeps a promise alive after the answer has gone (`ExecutionContext.waitUntil`). */
export type Later = (work: Promise<unknown>) => void

/** One finished request, in numbers: labels come from the plan alone, so their number is bounded. */
export interface Sample {
  /** Name of the route, or `-` when none matched. */
  readonly route: string
  readonly method: string
  readonly status: number
  readonly durationMs: number
  readonly upstreams: readonly UpstreamSample[]
  /** What limits did beside letting the request pass; absent when nothing. */
  readonly limits?: readonly LimitSample[]
}

/** A rule that refused, would have refused, or could not be asked. */
export interface LimitSample {
  /** Name of the rule. */
  readonly rule: string
  /** `shadow` would have refused; `open` and `closed` are what became of a request that nobody could count. */
  readonly outcome: 'refused' | 'shadow' | 'open' | 'closed'
}

/** One upstream call of a request. `status` 0 means that no answer came. */
export interface UpstreamSample {
  readonly name: string
  readonly status: number
  readonly durationMs: number
}

/** Sums by series: a counter is one whole number, a histogram its buckets and its total. */
export type Counts = Readonly<Record<string, readonly number[]>>

/** What one isolate counted since its last batch; the sequence goes up by one from batch to batch. */
export interface CountsBatch {
  readonly isolate: string
  readonly sequence: number
  readonly counts: Counts
}

/** Where the isolates' counts are added up, spread over a few names; a Durable Object namespace has this shape. */
export interface CountsShards {
  readonly getByName: (name: string) => CountsShard
}

export interface CountsShard {
  /** Adds a batch once, however often it arrives. */
  readonly add: (batch: CountsBatch) => Promise<'added' | 'repeated'>
  readonly read: () => Promise<Counts>
}

/**
 * Texts under path-like keys with compare-and-swap; a Durable Object (SQLite) and etcd's v3 JSON gateway both have this
 * shape. An unreachable or broken store rejects; a conflict is a value.
 *
 * A value is at most 1 MiB of UTF-8; a read or a commit holds at most 128 keys and a commit at most 1 MiB in all
 * (etcd's default limits). A key stands once in `put` and `remove` together.
 */
export interface Store {
  /** The entries of these keys, as of one moment; absent keys are left out. */
  readonly get: (keys: readonly string[]) => Promise<readonly StoreEntry[]>
  /**
   * Entries whose key begins with `prefix`, in key order (UTF-8 bytes), at most `limit`, after the key `after`, which
   * begins with `prefix` too.
   */
  readonly list: (query: StoreQuery) => Promise<readonly StoreEntry[]>
  /** All or nothing: applied when every key in `expect` still has that revision (0: absent). */
  readonly commit: (change: StoreChange) => Promise<StoreCommit>
}

export interface StoreEntry {
  readonly key: string
  /** Empty when only keys were asked for. */
  readonly value: string
  /** Of the last change of this key; grows store-wide (etcd's `mod_revision`). */
  readonly revision: number
}

export interface StoreQuery {
  readonly prefix: string
  readonly after?: string
  readonly limit: number
  readonly keysOnly?: boolean
}

export interface StoreChange {
  readonly expect: Readonly<Record<string, number>>
  readonly put: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
}

export type StoreCommit =
  | { readonly kind: 'done'; readonly revision: number }
  /** `key` is one of those whose revision differs. */
  | { readonly kind: 'conflict'; readonly key: string }
