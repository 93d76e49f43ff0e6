import { AppsV1Api, CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import { answer } from '../kubernetes/answers.ts'
import type { Where } from '../kubernetes/cluster.ts'
import { STACK_LABEL } from '../kubernetes/labels.ts'
import { type Pods, podsOf } from './watch.ts'

/** What a cluster shows of a stack. */
export interface Facts {
  readonly pods: Pods
  /** By name. */
  readonly workloads: Readonly<Record<string, Workload>>
  /** By component. */
  readonly claims: Readonly<Record<string, readonly Volume[]>>
}

export interface Workload {
  readonly image: string
  readonly replicas: number
  readonly ready: number
}

export interface Volume {
  readonly name: string
  readonly phase: string
  readonly size: string
}

/** Looks at a stack by its label. A cluster that gives no answer rejects with a `ClusterError`. */
export async function factsOf(config: KubeConfig, { namespace, stack }: Where): Promise<Facts> {
  const core = config.makeApiClient(CoreV1Api)
  const apps = config.makeApiClient(AppsV1Api)
  const mine = { namespace, labelSelector: `${STACK_LABEL}=${stack}` }
  const [pods, deployments, sets, claims] = await answer(
    Promise.all([
      core.listNamespacedPod(mine),
      apps.listNamespacedDeployment(mine),
      apps.listNamespacedStatefulSet(mine),
      core.listNamespacedPersistentVolumeClaim(mine),
    ]),
  )
  const workloads = [...deployments.items, ...sets.items].map(({ metadata, spec, status }) => [
    metadata?.name ?? '',
    {
      image: spec?.template.spec?.containers[0]?.image ?? '',
      replicas: spec?.replicas ?? 0,
      ready: status?.readyReplicas ?? 0,
    },
  ])
  const byComponent: Record<string, Volume[]> = {}
  for (const { metadata, spec, status } of claims.items) {
    const component = metadata?.labels?.['app.kubernetes.io/name'] ?? ''
    ;(byComponent[component] ??= []).push({
      name: metadata?.name ?? '',
      phase: status?.phase ?? '',
      size: spec?.resources?.requests?.['storage'] ?? '',
    })
  }
  return {
    pods: podsOf(pods.items),
    workloads: Object.fromEntries(workloads) as Facts['workloads'],
    claims: byComponent,
  }
}
