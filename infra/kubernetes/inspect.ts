import {
  AppsV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  type KubeConfig,
  StorageV1Api,
  type V1Node,
  type V1Pod,
  VersionApi,
} from '@kubernetes/client-node'
import { parseQuantity } from '../quantity.ts'
import { answer, orAbsent, orForbidden } from './answers.ts'
import type { Where } from './cluster.ts'
import { STACK_LABEL } from './labels.ts'

/** What a cluster is and has, as far as it may be asked. */
export interface Inspection {
  readonly minor: number
  /** e.g. `create deployments`. */
  readonly denied: readonly string[]
  readonly storageClasses: readonly { readonly name: string; readonly isDefault: boolean }[]
  /** What is free on nodes that take pods; absent where nobody may look. */
  readonly nodes?: readonly Room[]
  readonly quotas: readonly Quota[]
  /** The Pod Security level that the namespace enforces, if it was there before us. */
  readonly podSecurity?: string
  /** Workloads of this stack that run already. */
  readonly running: readonly string[]
}

/** Cores and bytes. */
export interface Room {
  readonly cpu: number
  readonly memory: number
}

export interface Quota {
  readonly name: string
  readonly hard: Readonly<Record<string, string>>
  readonly used: Readonly<Record<string, string>>
}

/** Looks at all that a preflight judges. A cluster that gives no answer rejects with a `ClusterError`. */
export async function inspect(config: KubeConfig, where: Where): Promise<Inspection> {
  const core = config.makeApiClient(CoreV1Api)
  const { namespace } = where
  const labels = await orAbsent(core.readNamespace({ name: namespace }))
  const isThere = labels !== undefined
  const [version, denied, classes, nodes, quotas, running] = await Promise.all([
    answer(config.makeApiClient(VersionApi).getCode()),
    deniedOf(config.makeApiClient(AuthorizationV1Api), { namespace, isThere }),
    orForbidden(config.makeApiClient(StorageV1Api).listStorageClass()),
    roomOf(core),
    orForbidden(core.listNamespacedResourceQuota({ namespace })),
    runningOf(config, where),
  ])
  const level = labels?.metadata?.labels?.['pod-security.kubernetes.io/enforce']
  return {
    minor: Number.parseInt(version.minor, 10),
    denied,
    storageClasses: (classes?.items ?? []).map(({ metadata }) => ({
      name: metadata?.name ?? '',
      isDefault: metadata?.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    })),
    ...(nodes === undefined ? {} : { nodes }),
    quotas: (quotas?.items ?? []).map(({ metadata, status }): Quota => ({
      name: metadata?.name ?? '',
      hard: status?.hard ?? {},
      used: status?.used ?? {},
    })),
    ...(level === undefined ? {} : { podSecurity: level }),
    running,
  }
}

/** What the program does to each kind. */
const VERBS = ['create', 'get', 'list', 'patch', 'delete'] as const
const KINDS = [
  ['', 'configmaps'],
  ['', 'secrets'],
  ['', 'services'],
  ['apps', 'deployments'],
  ['apps', 'statefulsets'],
] as const
const FURTHER = [
  ['', 'pods', 'list'],
  ['', 'pods', 'watch'],
  ['', 'persistentvolumeclaims', 'list'],
  ['', 'persistentvolumeclaims', 'patch'],
] as const

/** What is denied of all that the program does in a namespace, which it makes where it is not there. */
async function deniedOf(
  api: AuthorizationV1Api,
  { namespace, isThere }: { readonly namespace: string; readonly isThere: boolean },
): Promise<readonly string[]> {
  const making = (['create', 'get', 'patch', 'delete'] as const).map(
    (verb) => ['', 'namespaces', verb] as const,
  )
  const rights = [
    ...(isThere ? [] : making),
    ...KINDS.flatMap(([group, resource]) => VERBS.map((verb) => [group, resource, verb] as const)),
    ...FURTHER,
  ]
  const asked = await Promise.all(
    rights.map(async ([group, resource, verb]) => {
      const spec = { resourceAttributes: { namespace, group, resource, verb } }
      const { status } = await answer(api.createSelfSubjectAccessReview({ body: { spec } }))
      return status?.allowed === true ? [] : [`${verb} ${resource}`]
    }),
  )
  return asked.flat()
}

/** Allocatable minus requested, per node that takes pods. */
async function roomOf(core: CoreV1Api): Promise<readonly Room[] | undefined> {
  const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed'
  const [nodes, pods] = await Promise.all([
    orForbidden(core.listNode()),
    orForbidden(core.listPodForAllNamespaces({ fieldSelector })),
  ])
  if (nodes === undefined || pods === undefined) return undefined
  return nodes.items.filter(takesPods).map((node) => {
    const here = pods.items.filter(({ spec }) => spec?.nodeName === node.metadata?.name)
    const free = (what: 'cpu' | 'memory') =>
      quantity(node.status?.allocatable?.[what]) -
      here.reduce((sum, pod) => sum + requested(pod, what), 0)
    return { cpu: free('cpu'), memory: free('memory') }
  })
}

const takesPods = ({ spec, status }: V1Node): boolean =>
  spec?.unschedulable !== true &&
  !(spec?.taints ?? []).some(({ effect }) => effect !== 'PreferNoSchedule') &&
  (status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')

const requested = ({ spec }: V1Pod, what: 'cpu' | 'memory'): number =>
  (spec?.containers ?? []).reduce(
    (sum, { resources }) => sum + quantity(resources?.requests?.[what]),
    0,
  )

const quantity = (text: string | undefined): number => parseQuantity(text ?? '0') ?? 0

async function runningOf(config: KubeConfig, where: Where): Promise<readonly string[]> {
  const { namespace, stack } = where
  const apps = config.makeApiClient(AppsV1Api)
  const mine = { namespace, labelSelector: `${STACK_LABEL}=${stack}` }
  const [deployments, sets] = await Promise.all([
    orForbidden(apps.listNamespacedDeployment(mine)),
    orForbidden(apps.listNamespacedStatefulSet(mine)),
  ])
  return [...(deployments?.items ?? []), ...(sets?.items ?? [])].map(
    ({ metadata }) => metadata?.name ?? '',
  )
}
