import type { Complaint } from '../../src/config/diagnostics.ts'
import { parseQuantity } from '../quantity.ts'
import type { Inspection, Quota, Room } from '../kubernetes/inspect.ts'
import type { Component } from '../system/model.ts'
import type { Wanted } from './wanted.ts'

/** Kubernetes 1.29: what the manifests were written for. */
const OLDEST_MINOR = 29

/** Everything that would stop a system on a cluster, before anything is changed. */
export function judge({ system }: Wanted, found: Inspection): readonly Complaint[] {
  const fresh = system.components.filter(({ name }) => !found.running.includes(name))
  return [
    ...tooOld(found),
    ...found.denied.map((what) => ({
      message: `The user of this context may not ${what}.`,
      hint: 'Ask for that right, or use another context.',
    })),
    ...withoutClass(system.components, found),
    ...withoutRoom(fresh, found.nodes),
    ...overQuota(fresh, found.quotas),
    ...unsafe(system.components, found),
  ]
}

function tooOld({ minor }: Inspection): readonly Complaint[] {
  if (minor >= OLDEST_MINOR) return []
  const message = `The cluster is Kubernetes 1.${minor}; 1.${OLDEST_MINOR} is the oldest that is supported.`
  return [{ message, hint: 'Upgrade the cluster.' }]
}

function withoutClass(
  components: readonly Component[],
  { storageClasses }: Inspection,
): readonly Complaint[] {
  const names = storageClasses.map(({ name }) => name)
  return components.flatMap(({ name, volumes }) =>
    volumes.flatMap((volume): readonly Complaint[] => {
      const hint = `Set "storage.${name}.class" to one of: ${names.join(', ') || 'none is there'}.`
      if (volume.class === undefined) {
        if (storageClasses.some(({ isDefault }) => isDefault)) return []
        const message = `The volume "${volume.name}" of ${name} needs a StorageClass, and the cluster has no default one.`
        return [{ message, hint }]
      }
      if (names.includes(volume.class)) return []
      return [{ message: `There is no StorageClass "${volume.class}" for ${name}.`, hint }]
    }),
  )
}

/** Largest first, each on the node with the most memory left: as good a guess as the scheduler's. */
function withoutRoom(
  components: readonly Component[],
  nodes: readonly Room[] | undefined,
): readonly Complaint[] {
  if (nodes === undefined) return []
  const free = nodes.map((node) => ({ ...node }))
  const pods = components
    .flatMap((component) =>
      Array.from({ length: component.replicas }, () => ({
        name: component.name,
        ...requestOf(component),
      })),
    )
    .toSorted((a, b) => b.memory - a.memory)
  const homeless = pods.filter((pod) => {
    free.sort((a, b) => b.memory - a.memory)
    const node = free.find(({ cpu, memory }) => cpu >= pod.cpu && memory >= pod.memory)
    if (node === undefined) return true
    node.cpu -= pod.cpu
    node.memory -= pod.memory
    return false
  })
  return homeless.map(({ name, cpu, memory }) => ({
    message: `No node has room for ${name}: it asks for ${cpu} CPU and ${Math.ceil(memory / 2 ** 20)}Mi of memory.`,
    hint: 'Add a node, or stop something.',
  }))
}

function requestOf({ resources: { requests } }: Component): Room {
  return { cpu: quantity(requests.cpu), memory: quantity(requests.memory) }
}

const quantity = (text: string | undefined): number => parseQuantity(text ?? '0') ?? 0

/** What a component adds to the resources that quotas count. */
function usage(component: Component): Readonly<Record<string, number>> {
  const { replicas, volumes } = component
  const { cpu, memory } = requestOf(component)
  const storage = volumes.reduce((sum, { size }) => sum + quantity(size), 0)
  return {
    pods: replicas,
    cpu: cpu * replicas,
    'requests.cpu': cpu * replicas,
    memory: memory * replicas,
    'requests.memory': memory * replicas,
    services: 1,
    persistentvolumeclaims: volumes.length * replicas,
    'requests.storage': storage * replicas,
  }
}

function overQuota(
  components: readonly Component[],
  quotas: readonly Quota[],
): readonly Complaint[] {
  const used = components.map(usage)
  return quotas.flatMap(({ name, hard, used: taken }) =>
    Object.entries(hard).flatMap(([resource, limit]) => {
      const more = used.reduce((sum, each) => sum + (each[resource] ?? 0), 0)
      if (quantity(taken[resource]) + more <= quantity(limit)) return []
      const message = `The quota "${name}" allows ${limit} ${resource}; ${taken[resource] ?? '0'} are used, and this needs more.`
      return [{ message, hint: 'Raise the quota, or use another namespace.' }]
    }),
  )
}

function unsafe(
  components: readonly Component[],
  { podSecurity }: Inspection,
): readonly Complaint[] {
  if (podSecurity !== 'restricted') return []
  return components.flatMap(({ name, runAs }) =>
    runAs.kind === 'root'
      ? [
          {
            message: `The namespace enforces the Pod Security level "restricted", and ${name} runs as root: ${runAs.reason}.`,
            hint: 'Set it to "baseline", or use another namespace.',
          },
        ]
      : [],
  )
}
