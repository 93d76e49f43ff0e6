import { RunError, Stash } from '@pulumi/pulumi'

/** Where a stack is: a cluster by its identity, and a namespace in it. */
export interface Place {
  readonly cluster: string
  readonly namespace: string
  /** Whether the stack made the namespace, and may delete it. */
  readonly ownsNamespace: boolean
}

/**
 * Holds a stack at the place where it was first, and resolves to that: ends the program anywhere else, before a resource of a
 * cluster is registered. On another cluster all would be made anew and forgotten here, and data would stay behind with the
 * old claims. Whose the namespace is, too, is what it was first: a label that somebody removes must not delete it.
 */
export async function holdPlace(place: Place): Promise<Place> {
  // What counts is the first input, which is the output. The engine knows it in previews, too.
  const recorded = new Stash('place', { input: place }, { ignoreChanges: ['input'] })
  const was = await new Promise<Place>((resolve) => {
    recorded.output.apply((first: Place) => resolve(first))
  })
  if (was.cluster !== place.cluster) {
    throw new RunError(
      `This stack is on another cluster: its kube-system has the UID ${was.cluster}, here it is ${place.cluster}. ` +
        'Nothing was changed. Choose the context of that cluster, or use another stack.',
    )
  }
  if (was.namespace !== place.namespace) {
    throw new RunError(
      `This stack is in namespace "${was.namespace}" and cannot move to "${place.namespace}": its data would stay behind. ` +
        `Nothing was changed. Set "namespace" to "${was.namespace}", or use another stack.`,
    )
  }
  return was
}
