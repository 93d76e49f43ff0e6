/**
 * The checked configuration as plain data: what YAML says, in the words of YAML, with spellings made uniform.
 *
 * Durations stay Go duration strings and any scalar may still be a reference (`${NAME}`), so a document can be
 * filled and decoded again: decoding a document yields the same document.
 */
export interface Document {
  readonly system: SystemDocument
  /** API groups in file-name order. */
  readonly groups: readonly Group[]
}

/** One API file. `file` is its name as shown in diagnostics, e.g. `apis/cb-spider.yaml`. */
export interface Group {
  readonly file: string
  readonly definitions: readonly Definition[]
}

/** A Go duration string (`2s`, `1m30s`), or a text with a reference. */
export type DurationText = string
/** A value, or a text that holds `${NAME}` and becomes the value when it is filled. */
export type Referable<T> = T | string
/** `mw-*` blocks by key; known ones are checked against their schema, `null` values are dropped. */
export type MiddlewareDocument = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The system file (`gateway.yaml` or `cb-restapigw.yaml`), without the keys that mean nothing at the edge. */
export interface SystemDocument {
  readonly file: string
  readonly version: Referable<number>
  readonly name: string
  readonly timeout: DurationText
  readonly cache_ttl: DurationText
  readonly output_encoding: string
  readonly debug: Referable<boolean>
  readonly middleware: MiddlewareDocument
  readonly upstreams: Readonly<Record<string, UpstreamDocument>>
  readonly trusted_proxies: readonly string[]
  /** Largest formatted body, in bytes once decoded; accepts `16MiB`, `500KB` or a number. */
  readonly max_body: Referable<number>
  /** Largest request body that is buffered (several backends), in bytes. */
  readonly max_request_body: Referable<number>
  readonly metrics: { readonly public: Referable<boolean> }
  readonly log: { readonly format: string }
  readonly snapshots: { readonly retain: Referable<number>; readonly check: DurationText }
  readonly admin: AdminDocument
}

/** Who reaches the Admin API. */
export interface AdminDocument {
  readonly enabled: Referable<boolean>
  readonly hosts: readonly string[]
  readonly addresses: readonly string[]
  readonly origins: readonly string[]
  /** Hashes of passwords by user, or references; plaintext never gets into a document. */
  readonly credentials: { readonly basic: { readonly users: Readonly<Record<string, string>> } }
}

/** A named service with its addresses and the way to reach it. */
export interface UpstreamDocument {
  readonly targets: readonly TargetDocument[]
  readonly ready?: {
    readonly path: string
    readonly codes: readonly Referable<number>[]
    readonly timeout: DurationText
  }
  readonly auth?: AuthDocument
  readonly headers: Readonly<Record<string, string>>
  readonly pass_authorization: Referable<boolean>
  readonly preserve_host: Referable<boolean>
  /** Name of a Fetcher binding (service, VPC, mTLS, or workerd `external`) that carries the calls. */
  readonly binding?: string
}

export interface TargetDocument {
  readonly url: string
  readonly weight: Referable<number>
  readonly tier: Referable<number>
}

/** Credentials the gateway adds for an upstream; values are normally references. */
export type AuthDocument =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }

/** One endpoint. Absent keys inherit (see plan/compile). */
export interface Definition {
  readonly name: string
  readonly active: Referable<boolean>
  /** Client path in brace form (`/ns/{nsId}`), or ending in `*bypass`. */
  readonly endpoint: string
  readonly method: string
  readonly hosts: readonly HostDocument[]
  readonly timeout?: DurationText
  readonly cache_ttl?: DurationText
  readonly output_encoding?: string
  readonly except_querystrings: readonly string[]
  readonly except_headers: readonly string[]
  readonly middleware: MiddlewareDocument
  readonly max_body?: Referable<number>
  readonly backend: readonly BackendDocument[]
}

export interface HostDocument {
  readonly host: string
  readonly weight: Referable<number>
}

/** One backend call. Absent keys inherit from the endpoint. */
export interface BackendDocument {
  /** Upstream path in brace form; may hold `{param}`, `{resp0_field}` and a query. */
  readonly url_pattern: string
  readonly hosts?: readonly HostDocument[]
  readonly method?: string
  readonly timeout?: DurationText
  readonly encoding: string
  readonly group: string
  readonly whitelist: readonly string[]
  readonly blacklist: readonly string[]
  /** Pairs in file order, but names that are whole numbers come first (as JavaScript orders keys). */
  readonly mapping: Readonly<Record<string, string>>
  readonly target: string
  readonly is_collection: Referable<boolean>
  readonly wrap_collection_to_json: Referable<boolean>
  readonly disable_host_sanitize: Referable<boolean>
  readonly lb_mode: string
  readonly middleware: MiddlewareDocument
}
