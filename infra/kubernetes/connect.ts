import {
  AppsV1Api,
  CoreV1Api,
  type KubeConfig,
  StorageV1Api,
  type V1Node,
} from '@kubernetes/client-node'
import { err, ok, type Result } from '../../src/lib/result.ts'
import { answer, orAbsent } from './answers.ts'
import { type Claim, type Cluster, type Found, messageOf, type Where } from './cluster.ts'
import { STACK_LABEL } from './labels.ts'
import { LastingConfig } from './lasting-config.ts'

/** A kubeconfig file and a context in it; what is absent is looked up as kubectl does. */
export interface Access {
  readonly kubeconfig?: string
  readonly context?: string
}

/** A connection to a cluster, or why the kubeconfig gives none. Asks nothing yet. */
export function connect(access: Access): Result<Cluster, string> {
  const config = kubeConfigOf(access)
  return config.ok ? ok(clusterOf(config.value)) : config
}

/** A kubeconfig with its context chosen, or what is wrong with it. */
export function kubeConfigOf(access: Access): Result<KubeConfig, string> {
  const config = new LastingConfig()
  try {
    if (access.kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(access.kubeconfig)
  } catch (error) {
    return err(`The kubeconfig cannot be read: ${messageOf(error)}`)
  }
  const contexts = config.getContexts().map(({ name }) => name)
  const context = access.context ?? config.getCurrentContext()
  if (!contexts.includes(context)) {
    return err(
      `The kubeconfig has no context "${context}"; it has ${contexts.join(', ') || 'none'}.`,
    )
  }
  config.setCurrentContext(context)
  return ok(config)
}

/** The questions that the program asks, put to a real cluster. */
export function clusterOf(config: KubeConfig): Cluster {
  const core = config.makeApiClient(CoreV1Api)
  const apps = config.makeApiClient(AppsV1Api)
  const storage = config.makeApiClient(StorageV1Api)
  const mine = ({ namespace, stack }: Where) => ({
    namespace,
    labelSelector: `${STACK_LABEL}=${stack}`,
  })
  return {
    identity: async () => {
      const system = await answer(core.readNamespace({ name: 'kube-system' }))
      return system.metadata?.uid ?? ''
    },
    namespaceLabels: async (name) => {
      const found = await orAbsent(core.readNamespace({ name }))
      return found === undefined ? undefined : (found.metadata?.labels ?? {})
    },
    namespaceUid: async (name) => (await orAbsent(core.readNamespace({ name })))?.metadata?.uid,
    statefulSets: async (where) => {
      const { items } = await answer(apps.listNamespacedStatefulSet(mine(where)))
      return Object.fromEntries(items.map(({ metadata, spec }) => [metadata?.name ?? '', spec]))
    },
    claims: async (where) => {
      const { items } = await answer(core.listNamespacedPersistentVolumeClaim(mine(where)))
      return Object.fromEntries(
        items.map(({ metadata, spec }) => [metadata?.name ?? '', claimOf(spec)]),
      )
    },
    secrets: async (where) => {
      const { items } = await answer(core.listNamespacedSecret(mine(where)))
      return Object.fromEntries(
        items.map(({ metadata, data }) => [metadata?.name ?? '', decoded(data ?? {})]),
      )
    },
    inventory: async (namespace) => {
      const all = { namespace }
      const lists = await answer(
        Promise.all([
          named('ConfigMap', core.listNamespacedConfigMap(all)),
          named('Secret', core.listNamespacedSecret(all)),
          named('Service', core.listNamespacedService(all)),
          named('PersistentVolumeClaim', core.listNamespacedPersistentVolumeClaim(all)),
          named('Deployment', apps.listNamespacedDeployment(all)),
          named('StatefulSet', apps.listNamespacedStatefulSet(all)),
        ]),
      )
      return lists.flat()
    },
    isExpandable: async (name) =>
      (await orAbsent(storage.readStorageClass({ name })))?.allowVolumeExpansion === true,
    nodeAddress: async () => {
      const { items } = await answer(core.listNode())
      return items.map(addressOf).find((address) => address !== undefined)
    },
  }
}

const decoded = (data: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
  )

interface Listed {
  readonly items: readonly {
    readonly metadata?: {
      readonly name?: string
      readonly labels?: Readonly<Record<string, string>>
    }
  }[]
}

async function named(kind: Found['kind'], listed: Promise<Listed>): Promise<readonly Found[]> {
  const { items } = await listed
  return items.map(({ metadata }) => ({
    kind,
    name: metadata?.name ?? '',
    labels: metadata?.labels ?? {},
  }))
}

interface ClaimSpec {
  readonly storageClassName?: string
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> }
}

function claimOf(spec: ClaimSpec | undefined): Claim {
  const size = spec?.resources?.requests?.['storage'] ?? '0'
  const storageClass = spec?.storageClassName
  return { size, ...(storageClass === undefined ? {} : { class: storageClass }) }
}

function addressOf({ status }: V1Node): string | undefined {
  const addresses = status?.addresses ?? []
  const ofType = (wanted: string) => addresses.find(({ type }) => type === wanted)?.address
  return ofType('ExternalIP') ?? ofType('InternalIP')
}
