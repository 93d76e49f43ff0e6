/** What a gateway's Admin API sends and takes, as JSON. Times are ISO 8601. */

export type Role = 'viewer' | 'editor' | 'admin' | 'wiring'

/** A fault of a configuration with its position: 1-based line and column. */
export interface RemoteDiagnostic {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly severity: 'error' | 'warning' | 'notice'
  readonly message: string
  readonly hint?: string
}

/** Why the gateway refused something (RFC 9457). */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly request_id?: string
  readonly diagnostics?: readonly RemoteDiagnostic[]
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
  /** Whose the upstream is. */
  readonly owner?: string
  /** Which routes need the upstream. */
  readonly routes?: readonly RemoteRoute[]
}

export interface RemoteRoute {
  readonly method: string
  readonly path: string
  readonly name: string
  readonly file: string
}

/** What the gateway would do with a request; the rest is as its version explains it. */
export type RemoteExplanation = { readonly outcome: string } & Readonly<Record<string, unknown>>

export interface RemoteFile {
  readonly name: string
  readonly revision: number
  /** SHA-256 of the UTF-8 text, in hex. */
  readonly hash: string
  readonly bytes: number
}

export interface RemoteSnapshot {
  readonly hash: string
  readonly number: number
  readonly parent: string | null
  readonly author: string
  readonly time: string
  readonly message: string
  readonly changed: readonly ('documents' | 'upstreams')[]
  readonly pinned: boolean
}

/** What a change does to the plan. */
export interface RemoteConsequences {
  readonly diagnostics: readonly RemoteDiagnostic[]
  readonly added: readonly RemoteRoute[]
  readonly removed: readonly RemoteRoute[]
  readonly changed: readonly RemoteRoute[]
}

export interface RemoteChange {
  readonly snapshot: RemoteSnapshot
  readonly consequences: RemoteConsequences
}

export type Validation =
  | { readonly ok: true; readonly consequences: RemoteConsequences }
  | { readonly ok: false; readonly diagnostics: readonly RemoteDiagnostic[] }

/** Files to publish and to remove. */
export interface FileChange {
  readonly put: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
}

export interface RemoteDiff {
  readonly files: readonly {
    readonly name: string
    readonly before: string | null
    readonly after: string | null
  }[]
  readonly upstreams: readonly {
    readonly name: string
    readonly before: object | null
    readonly after: object | null
  }[]
}

/** The keys of `upstreams:` in the system file. */
export interface UpstreamSettings {
  readonly targets: readonly {
    readonly url: string
    readonly weight?: number
    readonly tier?: number
  }[]
  readonly [key: string]: unknown
}

export interface RemoteUpstream extends UpstreamSettings {
  readonly name: string
  readonly owner: string
  readonly revision: number
  /** Who made that revision: user or token. */
  readonly by?: string
  /** The last change of its settings, credentials included; drains are none. */
  readonly written?: { readonly revision: number; readonly by: string }
  readonly draining_since?: string
}

/** How far a drain is. */
export interface Drain {
  readonly state: 'open' | 'draining' | 'drained'
  readonly inFlight: number
  readonly unconfirmed: number
}

export interface RemoteToken {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly user: string
  readonly expires: string | null
}

/** Who shows a session or token. */
export interface Me {
  readonly user: string
  readonly role: Role
  readonly credential: 'session' | 'token'
  readonly expires: string | null
}
