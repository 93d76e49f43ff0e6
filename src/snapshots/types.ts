import type { Diagnostic } from '../config/diagnostics.ts'
import type { UpstreamDocument } from '../config/document.ts'
import type { Plan } from '../plan/types.ts'

/**
 * The stored configuration: documents (YAML files by name, e.g. `gateway.yaml`, `apis/cb-spider.yaml`) and registered
 * upstreams, each with a history of its own; a snapshot names one state of both.
 *
 * Methods resolve with what became of a change; they reject only where the store is unreachable or broken. A change
 * that nobody else's change contradicts is applied on top of theirs: files and upstreams have revisions of their own.
 * Every change and every refusal stands in the audit when the promise settles, a change in the same commit.
 */
export interface Snapshots {
  /** What the store holds now; before the first change the configuration of the bundle, as number 1. */
  readonly head: () => Promise<Head>
  /** Newest first. */
  readonly list: (query: HistoryQuery) => Promise<Page<Snapshot>>
  readonly find: (hash: string) => Promise<Snapshot | undefined>
  /** A pinned snapshot outlives `retain`. */
  readonly pin: (hash: string, isPinned: boolean, actor: Actor) => Promise<Snapshot | undefined>
  /** What lies between two snapshots; undefined when one of them is not there. */
  readonly diff: (from: string, to: string) => Promise<SnapshotDiff | undefined>

  /** Files of a snapshot (default: the head) in the order of their names; undefined without such a snapshot. */
  readonly files: (hash?: string) => Promise<readonly FileEntry[] | undefined>
  readonly readFile: (name: string, hash?: string) => Promise<FileText | undefined>
  /** Checks a change and tells its consequences without applying it. */
  readonly preview: (change: DocumentChange) => Promise<Previewed>
  /** Publishes: the new files are compiled with all others, and the head moves only if they fit. */
  readonly publish: (change: DocumentChange, by: Authorship) => Promise<Changed>
  /** Changes keys of one endpoint and keeps the rest of its file, comments included. */
  readonly patchEndpoint: (patch: EndpointPatch, by: Authorship) => Promise<Changed>
  /** Publishes the documents of an earlier snapshot again. */
  readonly rollback: (rollback: Rollback, by: Authorship) => Promise<Changed>

  /** In the order of their names. */
  readonly upstreams: () => Promise<readonly RegisteredUpstream[]>
  readonly putUpstream: (put: UpstreamPut, by: Authorship) => Promise<Changed>
  /** Ends new requests; how far it is tells `drain` of `DrainStatus`. A later `putUpstream` opens it again. */
  readonly drainUpstream: (target: UpstreamTarget, by: Authorship) => Promise<Changed>
  readonly removeUpstream: (target: UpstreamTarget, by: Authorship) => Promise<Changed>
  /** Undefined for an upstream that is not registered. */
  readonly drainStatus: (name: string) => Promise<DrainStatus | undefined>

  /** The compiled head with its `${NAME}`s unfilled, for listing and explaining routes. */
  readonly plan: () => Promise<Plan>
  readonly audit: AuditLog
}

/** An immutable state of documents and upstreams. */
export interface Snapshot {
  /** SHA-256 in hex of what follows (but `isPinned`, and of number 1 the time) and a nonce. */
  readonly hash: string
  /** 1, 2, 3 ...: the place in the history, which is linear. */
  readonly number: number
  /** Absent for number 1. */
  readonly parent?: string
  /** Hash of the tree of files: equal for equal documents. */
  readonly documents: string
  /** The same for registered upstreams. */
  readonly upstreams: string
  readonly author: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly message: string
  /** In which of the two histories it is a step. */
  readonly changed: readonly ('documents' | 'upstreams')[]
  readonly isPinned: boolean
}

/** The snapshot that gateways serve. */
export interface Head {
  readonly snapshot: Snapshot
  /** Of the head itself; what `ifHead` is compared with is the snapshot's hash. */
  readonly isStored: boolean
}

/** Who changes something, for the audit. */
export interface Actor {
  /** User or token. */
  readonly name: string
  /** Client address. */
  readonly address: string
}

/** Who changes something and why. */
export interface Authorship extends Actor {
  /** Shown in the history; may be empty. */
  readonly message: string
}

/** A part of a list; `next` is the cursor of the following part. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string
}

export interface PageQuery {
  readonly limit: number
  /** `next` of the page before; a cursor that nobody gave out begins anywhere, but never fails. */
  readonly cursor?: string
}

export interface HistoryQuery extends PageQuery {
  /** Only steps of this history. */
  readonly of?: 'documents' | 'upstreams'
}

/** A file without its text. */
export interface FileEntry {
  readonly name: string
  /** Number of the snapshot that changed it last: its entity tag. Never 0, which means "not there". */
  readonly revision: number
  /** SHA-256 of the UTF-8 text, in hex. */
  readonly hash: string
  readonly bytes: number
}

export interface FileText extends FileEntry {
  readonly text: string
}

/** New files, changed files and files to remove, at most 32 MiB of text. */
export interface DocumentChange {
  readonly put: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
  /** Files that are not in `put` are removed: the change is the whole configuration. */
  readonly isComplete?: boolean
  /** Revisions that the writer has seen, by file; 0: the file must not be there. */
  readonly ifRevisions?: Readonly<Record<string, number>>
  /** Hash of the head that the writer has seen; without it any head will do. */
  readonly ifHead?: string
}

/** New values for keys of an endpoint; `null` removes a key. */
export interface EndpointPatch {
  readonly file: string
  /** `name:` of the endpoint. */
  readonly endpoint: string
  readonly set: Readonly<Record<string, unknown>>
  /** Revision of the file. */
  readonly ifRevision?: number
}

export interface Rollback {
  /** Snapshot to return to. */
  readonly to: string
  /** Also returns to its upstreams; otherwise today's stay. */
  readonly withUpstreams?: boolean
  readonly ifHead?: string
}

/** When something was changed, and by whom. */
export interface Mark {
  /** Number of a snapshot. */
  readonly revision: number
  /** User or token. */
  readonly by: string
}

/** An upstream in the store. It wins over one of the same name in the system file. */
export interface RegisteredUpstream {
  readonly name: string
  /** Number of the snapshot that changed it last: its entity tag. */
  readonly revision: number
  /** Who made that change; absent where an older version has stored it. */
  readonly by?: string
  /** The last change of its settings, credentials included: a drain is none, nor the end of one. Absent likewise. */
  readonly written?: Mark
  /** Who may change it: a file, a person, a stack. */
  readonly owner: string
  /** As in the YAML key `upstreams:`; `${NAME}`s stay references. */
  readonly document: UpstreamDocument
  /** Since when it takes no new requests, milliseconds since the epoch. */
  readonly drainingSince?: number
  /** How long requests in flight may take, then it counts as drained. */
  readonly drainTimeoutMs?: number
  /** It is registered no more, but its name is kept for the routes that call it: they are refused. */
  readonly isClosed?: true
}

export interface UpstreamPut {
  readonly name: string
  /** Not checked yet: the keys of `upstreams:` in YAML. */
  readonly document: unknown
  readonly owner: string
  /** 0: must not be there. */
  readonly ifRevision?: number
  /** Takes it over from another owner. */
  readonly force?: boolean
}

export interface UpstreamTarget {
  readonly name: string
  /** Who asks; must be the owner unless forced. */
  readonly owner: string
  readonly ifRevision?: number
  /** Also when another owns it, or a route needs it. */
  readonly force?: boolean
  /** For removing: routes that call it are refused until it is registered again, whatever the system file has of that name. */
  readonly closed?: boolean
  /** For draining: default 60 s. */
  readonly drainTimeoutMs?: number
}

export interface DrainStatus {
  readonly state: 'open' | 'draining' | 'drained'
  /** Requests in flight that isolates seen in the last 30 s have reported. */
  readonly inFlight: number
  /** Isolates seen in the last 30 s that have not confirmed the drain yet. */
  readonly unconfirmed: number
}

/** What became of a change. All but `done` and `unchanged` changed nothing. */
export type Changed =
  | { readonly kind: 'done'; readonly snapshot: Snapshot; readonly consequences: Consequences }
  /** The state asked for is what the head holds. */
  | { readonly kind: 'unchanged'; readonly snapshot: Snapshot }
  | Refused

export type Refused =
  /** Somebody was faster: `what` (a file, an upstream or `head`) has another revision or hash than the writer saw. */
  | { readonly kind: 'stale'; readonly what: string }
  | { readonly kind: 'missing'; readonly what: string }
  | { readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'owned'; readonly owner: string }
  /** Routes that call the upstream. */
  | { readonly kind: 'needed'; readonly routes: readonly RouteLine[] }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  /** Other writers won every time; nothing is wrong with the change. */
  | { readonly kind: 'busy' }

export type Previewed = { readonly kind: 'valid'; readonly consequences: Consequences } | Refused

/** What a change does to the plan. */
export interface Consequences {
  /** Warnings and notices. */
  readonly diagnostics: readonly Diagnostic[]
  readonly added: readonly RouteLine[]
  readonly removed: readonly RouteLine[]
  /** The same method and path, but another meaning. */
  readonly changed: readonly RouteLine[]
}

export interface RouteLine {
  readonly method: string
  readonly path: string
  readonly name: string
  readonly file: string
}

/** Texts are undefined where the file is not there. */
export interface SnapshotDiff {
  readonly files: readonly {
    readonly name: string
    readonly before: string | undefined
    readonly after: string | undefined
  }[]
  readonly upstreams: readonly {
    readonly name: string
    readonly before: RegisteredUpstream | undefined
    readonly after: RegisteredUpstream | undefined
  }[]
}

/** Who did or tried what; nothing in it is secret. */
export interface AuditEntry {
  /** Milliseconds since the epoch; of the last attempt when `count` is more than 1. */
  readonly at: number
  readonly who: string
  readonly from: string
  /** e.g. `publish`, `rollback`, `upstream put`, `login`. */
  readonly action: string
  /** File, upstream, user ...; may be empty. */
  readonly target: string
  /** `done`, or why not: the `kind` of a refusal, `unauthorized`, `forbidden` ... */
  readonly result: string
  /** Hash of the snapshot that a change made. */
  readonly snapshot?: string
  /** How often, where attempts are told together. */
  readonly count: number
}

export interface AuditLog {
  readonly append: (entry: Omit<AuditEntry, 'at' | 'count'>) => Promise<void>
  /** The same, but told together with equal ones of the same quarter of an hour. */
  readonly tally: (entry: Omit<AuditEntry, 'at' | 'count'>) => Promise<void>
  /** Newest first. */
  readonly list: (query: PageQuery) => Promise<Page<AuditEntry>>
}
