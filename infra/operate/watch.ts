import {
  ApiException,
  CoreV1Api,
  type KubeConfig,
  makeInformer,
  type V1ContainerStatus,
  type V1Pod,
} from '@kubernetes/client-node'
import { STACK_LABEL } from '../kubernetes/labels.ts'
import type { Pod } from './progress.ts'

/** Pods of a stack by component, as the cluster tells them. */
export type Pods = Readonly<Record<string, readonly Pod[]>>

export interface Watched {
  readonly namespace: string
  readonly stack: string
}

/** How long to wait before a watch that broke off begins anew, in ms. */
const AGAIN_MS = 1_000

/** Who is told of what a watch sees. */
export interface Watcher {
  readonly tell: (pods: Pods) => void
  /** Nobody answers for the cluster. */
  readonly onAway: () => void
}

/** Watches a stack's pods by their label and tells each change, until it is stopped; a cluster that is away is waited for. */
export function watchPods(
  config: KubeConfig,
  { namespace, stack }: Watched,
  { tell, onAway }: Watcher,
): () => void {
  const core = config.makeApiClient(CoreV1Api)
  const labelSelector = `${STACK_LABEL}=${stack}`
  const path = `/api/v1/namespaces/${namespace}/pods`
  const list = () => core.listNamespacedPod({ namespace, labelSelector })
  const informer = makeInformer<V1Pod>(config, path, list, labelSelector)
  const pods = new Map<string, V1Pod>()
  let isStopped = false
  const change = (apply: (name: string, pod: V1Pod) => void) => (pod: V1Pod) => {
    apply(pod.metadata?.name ?? '', pod)
    if (!isStopped) tell(podsOf([...pods.values()]))
  }
  informer.on(
    'add',
    change((name, pod) => pods.set(name, pod)),
  )
  informer.on(
    'update',
    change((name, pod) => pods.set(name, pod)),
  )
  informer.on(
    'delete',
    change((name) => pods.delete(name)),
  )
  const begin = (): void => {
    if (!isStopped) informer.start().catch(later)
  }
  const later = (error: unknown) => {
    if (!(error instanceof ApiException)) onAway()
    setTimeout(begin, AGAIN_MS).unref()
  }
  informer.on('error', later)
  begin()
  return () => {
    isStopped = true
    void informer.stop()
  }
}

/** Pods by the component that their labels name. */
export function podsOf(pods: readonly V1Pod[]): Pods {
  const byComponent: Record<string, Pod[]> = {}
  for (const pod of pods) {
    const component = pod.metadata?.labels?.['app.kubernetes.io/name'] ?? ''
    ;(byComponent[component] ??= []).push(podOf(pod))
  }
  return byComponent
}

function podOf({ metadata, status }: V1Pod): Pod {
  const conditions = status?.conditions ?? []
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled')
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]
  return {
    name: metadata?.name ?? '',
    isReady: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    isLeaving: metadata?.deletionTimestamp !== undefined,
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    ...(scheduled?.status === 'False' ? { unscheduled: scheduled.message ?? '' } : {}),
    waiting: containers.flatMap(waitingOf),
    ...lastErrorOf(containers),
  }
}

/** How the last container that ended badly did so. */
function lastErrorOf(containers: readonly V1ContainerStatus[]): Pick<Pod, 'lastError'> {
  const ended = containers
    .flatMap(({ state, lastState }) => state?.terminated ?? lastState?.terminated ?? [])
    .filter(({ exitCode }) => exitCode !== 0)
    .at(-1)
  if (ended === undefined) return {}
  const { reason = 'Error', exitCode, message = '' } = ended
  return { lastError: `${reason}, exit code ${exitCode}${message === '' ? '' : `: ${message}`}` }
}

function waitingOf({ state }: V1ContainerStatus) {
  const { reason = '', message = '' } = state?.waiting ?? {}
  return state?.waiting === undefined ? [] : [{ reason, message }]
}
