import type { SystemDocument } from '../config/document.ts'
import type { PlacedDefinition } from '../config/group.ts'
import type { Registration } from '../plan/types.ts'
import type { RegisteredUpstream, Snapshot } from './types.ts'

/** A text in the store, named by its SHA-256. */
export interface BlobRef {
  readonly hash: string
  /** Of UTF-8. */
  readonly bytes: number
  readonly chunks: number
}

/** A file of a snapshot. */
export interface FileNode {
  readonly revision: number
  readonly text: BlobRef
  /** A `ReadFile`. */
  readonly parsed: BlobRef
  /** Version of the code that has read it; another one reads the text again. */
  readonly by: string
}

export type FileTree = Readonly<Record<string, FileNode>>

/** Registered upstreams by name. */
export type Registry = Readonly<Record<string, RegisteredUpstream>>

/** What a file says, so that it need not be parsed when another one changes. */
export type ReadFile =
  | { readonly kind: 'system'; readonly system: SystemDocument; readonly setsTimeout: boolean }
  | { readonly kind: 'group'; readonly definitions: readonly PlacedDefinition[] }

/** A snapshot as it is stored: immutable, hence without its pin. */
export interface SnapshotRecord extends Omit<Snapshot, 'isPinned'> {
  /** A `FileTree`. */
  readonly files: BlobRef
  /** A `Registry`. */
  readonly registry: BlobRef
}

export interface StoredHead {
  readonly snapshot: SnapshotRecord
}

/** A snapshot compiled by one version of the code. */
export interface StoredPlan {
  readonly snapshot: string
  /** A `Manifest`. */
  readonly manifest: BlobRef
}

/** The parts of a compiled plan. A gateway that has one of them already does not read it again. */
export interface Manifest {
  /** Hash of all that routes inherit: with another one every group is compiled again. */
  readonly context: string
  /** A `SitePart`. */
  readonly site: BlobRef
  readonly groups: readonly GroupNode[]
  readonly registered: Readonly<Record<string, Registration>>
}

/** The compiled form of one API file. */
export interface GroupNode {
  readonly file: string
  /** Hash of the file's text. */
  readonly source: string
  /** Some of it is compiled when the plan is activated. */
  readonly isWaiting: boolean
  /** A `RoutesPart`. */
  readonly routes: BlobRef
  /** A list of `Claim`s. */
  readonly claims: BlobRef
}
