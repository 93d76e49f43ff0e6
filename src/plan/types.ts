import type { Definition, SystemDocument } from '../config/document.ts'
import type { Place } from '../config/diagnostics.ts'
import type { Encoding, FlatmapOperation, Shaping } from '../shaping/types.ts'

/**
 * The compiled configuration: frozen plain data, ready to be built into an app.
 *
 * What holds no reference is compiled ahead of traffic. What holds a `${NAME}` waits in `unfilled` as document and is
 * filled, checked and compiled by `activate`; a plan without `unfilled` can be served.
 */
export interface Plan {
  /** SHA-256 of the document, hex: the name of the snapshot. */
  readonly version: string
  readonly site: Site
  readonly routes: readonly Route[]
  readonly unfilled?: Unfilled
  /** Upstreams that stand in the store's registry; they win over the system file's. */
  readonly registered?: Readonly<Record<string, Registration>>
}

/** What the registry says of an upstream, beside what it is. */
export interface Registration {
  /** A file, a person or a stack. */
  readonly owner: string
  /** The system file has one of the same name, which is not used. */
  readonly shadowsFile: boolean
  /** It takes no new requests. */
  readonly isDraining: boolean
  /** It was taken out of service: nothing but its name is left. */
  readonly isClosed?: true
}

/** The parts of the document that hold references, and where their compiled form belongs. */
export interface Unfilled {
  /** Present when the system file holds a reference. */
  readonly system: SystemDocument
  /** True when the system file itself must be filled and compiled again. */
  readonly site: boolean
  readonly definitions: readonly { readonly definition: Definition; readonly place: Place }[]
}

/** What applies to the gateway as a whole. */
export interface Site {
  readonly name: string
  readonly debug: boolean
  /** Service-level policies in the order in which they run. */
  readonly policies: readonly Installed[]
  readonly upstreams: Readonly<Record<string, Upstream>>
  /** CIDRs whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[]
  readonly maxBodyBytes: number
  readonly maxRequestBodyBytes: number
  readonly metricsArePublic: boolean
  /** Snapshots to keep, and for how long a checked one needs no check. */
  readonly snapshots: { readonly retain: number; readonly checkMs: number }
  readonly logFormat: 'json' | 'cb-log' | 'off'
  readonly admin: AdminSite
}

/** Who reaches the Admin API. */
export interface AdminSite {
  readonly enabled: boolean
  /** Host names, lower-case; empty: any. */
  readonly hosts: readonly string[]
  /** CIDRs; empty: any. */
  readonly addresses: readonly string[]
  /** Origins whose pages may use it. */
  readonly origins: readonly string[]
  /** Hashes of passwords (see lib/password-hash.ts) by user. */
  readonly users: Readonly<Record<string, string>>
}

/** A policy or transport of the registry with its checked options. */
export interface Installed {
  /** The YAML key, e.g. `mw-cors`. */
  readonly key: string
  readonly options: Readonly<Record<string, unknown>>
  /** Other blocks of the endpoint that are asked through this one alone. */
  readonly members?: readonly Installed[]
  /** What `explain` shows of the options; a reference stands as it stands in the file. */
  readonly shown?: string
}

/** A named service. Credentials are headers here; they exist only in an activated plan, never in a stored one. */
export interface Upstream {
  readonly name: string
  readonly targets: readonly Target[]
  readonly ready?: {
    readonly path: string
    readonly codes: readonly number[]
    readonly timeoutMs: number
  }
  /** Headers the gateway sets on each call, credentials included. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Whether the client's own `Authorization` goes upstream (unless a credential replaces it). */
  readonly passAuthorization: boolean
  readonly preserveHost: boolean
  readonly binding?: string
}

/** One address. `origin` has no trailing slash (`http://h:1024`); `basePath` is `` or `/base`. */
export interface Target {
  readonly origin: string
  readonly basePath: string
  readonly weight: number
  readonly tier: number
  /** What logs and `explain` show instead of the address when a `${NAME}` filled a part of it: the reference stands there. */
  readonly shown?: string
}

/** A compiled endpoint. */
export interface Route {
  readonly name: string
  readonly place: Place
  /** Upper-case method, or `*` for bypass routes. */
  readonly method: string
  /** Canonical pattern: `/ns/{nsId}/x-{id}`; a bypass pattern ends in `/*`. */
  readonly path: string
  /** `path` as tables and `explain` show it when a `${NAME}` filled a part of it: the reference stands there. */
  readonly shownPath?: string
  readonly isBypass: boolean
  /** Whole budget; 0 means no limit. */
  readonly timeoutMs: number
  readonly cacheTtlS: number
  readonly output: Encoding
  readonly isSequential: boolean
  readonly exceptQuery: readonly string[]
  /** Lower-case. */
  readonly exceptHeaders: readonly string[]
  readonly policies: readonly Installed[]
  /** Headers of the client that its policies keep (lower-case); an upstream may ask for `authorization` all the same. */
  readonly keptHeaders: readonly string[]
  readonly maxBodyBytes: number
  readonly maxRequestBodyBytes: number
  /** Endpoint-level `flatmap_filter`, run on the merged answer. */
  readonly flatmap: readonly FlatmapOperation[]
  readonly backends: readonly [Backend, ...Backend[]]
}

/** A compiled backend call. */
export interface Backend {
  /** Label for logs, metrics and messages: the upstream's name, else the first host without its port. */
  readonly name: string
  /** Where to call: registry names and plain addresses, in file order. */
  readonly hosts: readonly BackendHost[]
  readonly balance: 'random' | 'rr' | 'wrr'
  /** Upper-case; for a bypass route the client's method is used instead. */
  readonly method: string
  readonly path: Template
  /** `path` as `explain` shows it when a `${NAME}` filled a part of it: that part is `***`. */
  readonly shownPath?: Template
  /** Budget of this call; 0 means the endpoint's alone counts. */
  readonly timeoutMs: number
  readonly encoding: Encoding
  readonly shaping: Shaping
  /** `return_error_details`: id of the `error_<id>` object. */
  readonly errorDetails?: string
  readonly transports: readonly Installed[]
}

/** A host entry of YAML: the name of an upstream, or an address. */
export type BackendHost =
  | { readonly upstream: string; readonly weight: number }
  | { readonly target: Target; readonly weight: number }

/** Literal text and placeholders, in order. Text is already percent-encoded; values are encoded when filled. */
export type Template = readonly TemplatePart[]
export type TemplatePart =
  | string
  | { readonly param: string }
  | { readonly response: number; readonly field: readonly string[] }

export type { Encoding, FlatmapOperation, Shaping } from '../shaping/types.ts'
