import { Namespace } from '@pulumi/kubernetes/core/v1/namespace.js'
import { Provider } from '@pulumi/kubernetes/provider.js'
import {
  interpolate,
  type Output,
  output,
  type ResourceHookBinding,
  RunError,
} from '@pulumi/pulumi'
import type { Settings } from '../settings/schema.ts'
import { withScheme } from '../system/address.ts'
import type { Component, System } from '../system/model.ts'
import type { Cluster } from './cluster.ts'
import { ComponentOnCluster, type SecretValues } from './component.ts'
import type { Access } from './connect.ts'
import { labelsOf, STACK_LABEL } from './labels.ts'
import { holdPlace } from './place.ts'
import type { SecretSource } from './secrets.ts'
import type { Scope } from './workload.ts'

/** Everything that a deployment takes from outside the model. */
export interface Surroundings {
  readonly stack: string
  readonly access: Access
  readonly cluster: Cluster
  readonly secrets: SecretSource
  /** Whether the components are to run, or only what their data needs is to stay. */
  readonly isRunning: boolean
  /** What has to be done around a change of a component's pods. */
  readonly hooksOf: (component: Component) => ResourceHookBinding
}

/** A component that runs, for whoever publishes it. */
export interface Deployed {
  readonly component: Component
  readonly resource: ComponentOnCluster
  /** `http://host:port` of its API, by `reach`; undefined for one without, and where it does not run. */
  readonly address: Output<string> | undefined
  readonly secrets: SecretValues[string]
}

/**
 * Puts a system on a cluster: a namespace, unless somebody else's is used, and the components in start order. Every object goes
 * through one provider, which exists only at the place where the stack was first.
 */
export async function deploy(
  system: System,
  settings: Settings,
  around: Surroundings,
): Promise<readonly Deployed[]> {
  const { stack, cluster, secrets: source, isRunning } = around
  const { namespace, reach } = settings
  const scope: Scope = { stack, namespace }
  const identity = await cluster.identity()
  const labels = await cluster.namespaceLabels(namespace)
  const isOurs = labels === undefined || labels[STACK_LABEL] === stack
  const claimed = Object.keys(await cluster.claims(scope))
  const nodeAddress = reach === 'nodePort' ? await cluster.nodeAddress() : undefined
  if (reach === 'nodePort' && nodeAddress === undefined) {
    throw new RunError('No node of the cluster tells its address: "reach" cannot be "nodePort".')
  }
  const place = await holdPlace({ cluster: identity, namespace, ownsNamespace: isOurs })

  const provider = providerOf(around.access, identity)
  const before = place.ownsNamespace ? [namespaceOf(scope, provider)] : []
  const done = new Map<string, ComponentOnCluster>()
  return system.components.map((component) => {
    const known = Object.fromEntries([...done].map(([name, { secrets }]) => [name, secrets]))
    const needs = component.needs.flatMap((name) => done.get(name) ?? [])
    const resource = new ComponentOnCluster(
      {
        component,
        scope,
        reach,
        known,
        source,
        isRunning,
        claimed,
        hooks: around.hooksOf(component),
      },
      { provider, dependsOn: [...before, ...needs] },
    )
    done.set(component.name, resource)
    const address = addressOf(component, resource, { namespace, reach, nodeAddress })
    return { component, resource, address, secrets: resource.secrets }
  })
}

function providerOf({ kubeconfig, context }: Access, identity: string): Provider {
  return new Provider('cluster', {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    // The cluster is what it is, however its kubeconfig and context are called.
    clusterIdentifier: identity,
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    // What somebody changed by hand is changed back.
    enablePatchForce: true,
    // What a lost state has forgotten is taken over; the survey has refused what is not this stack's.
    upsertExistingObjects: true,
  })
}

function namespaceOf({ namespace, stack }: Scope, provider: Provider): Namespace {
  const labels = {
    ...labelsOf({ stack }),
    // CB-Spider runs as root and nothing needs more than that.
    'pod-security.kubernetes.io/enforce': 'baseline',
  }
  return new Namespace(namespace, { metadata: { name: namespace, labels } }, { provider })
}

interface AddressOptions {
  readonly namespace: string
  readonly reach: Settings['reach']
  readonly nodeAddress: string | undefined
}

function addressOf(
  { name, api }: Component,
  { service }: ComponentOnCluster,
  { namespace, reach, nodeAddress }: AddressOptions,
): Output<string> | undefined {
  if (api === undefined || service === undefined) return undefined
  if (api.address !== undefined) return output(withScheme(api.address))
  const { number } = api.port
  if (reach === 'loadBalancer') {
    const given = service.status.apply((status) => status?.loadBalancer?.ingress?.[0])
    return interpolate`http://${given.apply((outer) => outer?.hostname ?? outer?.ip)}:${number}`
  }
  if (reach === 'nodePort') {
    const ports = service.spec.ports
    const nodePort = ports.apply((all) => all.find(({ port }) => port === number)?.nodePort ?? 0)
    return interpolate`http://${nodeAddress ?? ''}:${nodePort}`
  }
  return output(`http://${name}.${namespace}.svc:${number}`)
}
