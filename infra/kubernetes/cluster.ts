/**
 * What the program has to know of a cluster before it changes anything. `connect` asks a real one; whatever it answers
 * is plain data, so that all judgement is pure. A question without an answer rejects with a `ClusterError`.
 */
export interface Cluster {
  /** The UID of `kube-system`: as good as a cluster's identity. */
  readonly identity: () => Promise<string>
  /** The labels of a namespace; undefined when there is none. */
  readonly namespaceLabels: (name: string) => Promise<Labels | undefined>
  /** What tells a namespace from another one of its name; undefined when there is none. */
  readonly namespaceUid: (name: string) => Promise<string | undefined>
  /** The `spec`s of a stack's StatefulSets in a namespace, by name. */
  readonly statefulSets: (at: Where) => Promise<Readonly<Record<string, unknown>>>
  /** A stack's volume claims in a namespace, by name. */
  readonly claims: (at: Where) => Promise<Readonly<Record<string, Claim>>>
  /** Values of a stack's Secrets in a namespace, by Secret and key. */
  readonly secrets: (at: Where) => Promise<Readonly<Record<string, Labels>>>
  /** Everything in a namespace of the kinds that we make. */
  readonly inventory: (namespace: string) => Promise<readonly Found[]>
  /** Whether volumes of a class may grow. */
  readonly isExpandable: (storageClass: string) => Promise<boolean>
  /** An address of a node, the outer one if it has one; undefined when no node has any. */
  readonly nodeAddress: () => Promise<string | undefined>
}

export type Labels = Readonly<Record<string, string>>

export interface Where {
  readonly namespace: string
  readonly stack: string
}

/** An object of a namespace, whoever made it. */
export interface Found {
  readonly kind:
    | 'ConfigMap'
    | 'Secret'
    | 'Service'
    | 'Deployment'
    | 'StatefulSet'
    | 'PersistentVolumeClaim'
  readonly name: string
  readonly labels: Labels
}

/** A volume claim as it is. */
export interface Claim {
  /** What was asked for: a Kubernetes quantity. */
  readonly size: string
  readonly class?: string
}

/** Why a cluster gives no answer, in a line; nothing of the request or its credentials. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError'
}

/** A line about what went wrong. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
