import type { Check, RunAs } from '../catalog/schema.ts'

/** The selected components of a release with everything that is needed to run them, whatever runs them. */
export interface System {
  readonly release: string
  /** In start order: each one behind those that it needs. */
  readonly components: readonly Component[]
}

export interface Component {
  /** As in the catalogue; also its host name inside the system. */
  readonly name: string
  readonly image: string
  /** What `status` shows: the image's tag or digest. */
  readonly version: string
  readonly replicas: number
  /** Why more than one would break it, where it would. */
  readonly singleWriter?: string
  /** The components that it needs, directly. */
  readonly needs: readonly string[]
  /** What it waits for before it starts, each time it does. */
  readonly waits: readonly Wait[]
  readonly ports: readonly Port[]
  readonly runAs: RunAs
  /** Plain variables of its environment, by name. */
  readonly variables: Readonly<Record<string, string>>
  readonly secretVariables: readonly SecretVariable[]
  readonly files: readonly File[]
  /** Secrets that are made up for it. */
  readonly secrets: readonly Secret[]
  /** Directories that outlive its pods. */
  readonly volumes: readonly Volume[]
  /** Directories that go with a pod. */
  readonly scratch: readonly Scratch[]
  readonly probes: Probes
  readonly resources: Resources
  readonly times: Times
  readonly api?: Api
}

export interface Port {
  readonly name: string
  readonly number: number
}

/** A command in another component's image that succeeds when that component takes connections. */
export interface Wait {
  readonly component: string
  readonly image: string
  readonly runAs: RunAs
  readonly command: readonly string[]
}

/** Which secret: one of a component, by name. */
export interface SecretReference {
  readonly component: string
  readonly name: string
}

export interface SecretVariable {
  readonly variable: string
  readonly secret: SecretReference
}

export interface Secret {
  readonly name: string
  /** Characters. */
  readonly length: number
  readonly alphabet: 'alphanumeric' | 'hex'
  /** Why a new value cannot simply be set; absent where a restart is enough. */
  readonly rotation?: string
}

export interface File {
  /** Absolute. */
  readonly path: string
  readonly text: string
}

export interface Volume {
  readonly name: string
  readonly path: string
  /** A Kubernetes quantity of bytes. */
  readonly size: string
  /** A StorageClass; the cluster's default one without. */
  readonly class?: string
}

export interface Scratch {
  readonly name: string
  readonly path: string
  readonly size: string
}

export interface Probes {
  readonly ready: Probe
  readonly alive?: Probe
}

export interface Probe {
  readonly check: ProbeCheck
  readonly everyMs: number
  readonly timeoutMs: number
  readonly failures: number
}

export type ProbeCheck =
  | Exclude<Check, { readonly kind: 'api' }>
  | { readonly kind: 'http'; readonly port: string; readonly path: string }

/** Kubernetes quantities. */
export interface Resources {
  readonly requests: Amounts
  readonly limits: Amounts
}

export interface Amounts {
  readonly cpu?: string
  readonly memory?: string
}

export interface Times {
  /** From the change to readiness, with the pull of the image. */
  readonly startMs: number
  /** From SIGTERM to the end. */
  readonly shutdownMs: number
  /** What requests in flight may take before that. */
  readonly drainMs: number
}

/** An HTTP API and how a gateway is to use it. */
export interface Api {
  readonly port: Port
  readonly basePath: string
  readonly ready: ReadyRequest
  /** HTTP Basic. */
  readonly auth?: { readonly username: string; readonly password: SecretReference }
  /** The names under which a gateway knows it. */
  readonly upstreams: readonly Upstream[]
  /** Set by the user instead of what the cluster gives: an address without a path. */
  readonly address?: string
}

export interface ReadyRequest {
  readonly path: string
  readonly codes: readonly number[]
  readonly isAuthenticated: boolean
}

export interface Upstream {
  readonly name: string
  /** The client's `Authorization` passes, and no credentials are added. */
  readonly passesAuthorization: boolean
}
