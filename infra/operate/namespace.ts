import type { Complaint } from '../../src/config/diagnostics.ts'
import { isPlainMap } from '../../src/config/conform.ts'
import type { Cluster, Where } from '../kubernetes/cluster.ts'
import { STACK_LABEL } from '../kubernetes/labels.ts'
import { Refusal } from './report.ts'
import type { Kept } from './session.ts'

/**
 * A namespace that this stack made, was deleted, and made again by somebody else: it has the name that the state knows, and the
 * engine would take it for ours, and in the end delete it. One that carries our label is ours again, a restored one for example.
 */
export async function strangeNamespace(
  cluster: Cluster,
  { namespace, stack }: Where,
  kept: readonly Kept[],
): Promise<readonly Complaint[]> {
  const known = kept.find(({ type }) => type === 'kubernetes:core/v1:Namespace')
  if (known === undefined) return []
  const [uid, labels] = await Promise.all([
    cluster.namespaceUid(namespace),
    cluster.namespaceLabels(namespace),
  ])
  const isOurs = uid === undefined || uid === uidOf(known) || labels?.[STACK_LABEL] === stack
  if (isOurs) return []
  const message = `The namespace "${namespace}" is not the one that this stack made: that is gone, and somebody has made another one of its name.`
  const hint = `To give it to the stack, with all that is in it, label it ${STACK_LABEL}=${stack}.`
  return [{ message, hint }]
}

/** @throws Refusal, before anything of somebody else is touched */
export async function demandOwnNamespace(
  cluster: Cluster,
  where: Where,
  kept: readonly Kept[],
): Promise<void> {
  const complaints = await strangeNamespace(cluster, where, kept)
  if (complaints.length === 0) return
  throw new Refusal(complaints.map(({ message, hint = '' }) => `${message} (${hint})`))
}

function uidOf({ outputs }: Kept): unknown {
  const metadata = outputs?.['metadata']
  return isPlainMap(metadata) ? metadata['uid'] : undefined
}
