import type { types } from '@pulumi/kubernetes'
import type { Settings } from '../settings/schema.ts'
import type { Component } from '../system/model.ts'
import { labelsOf, selectorOf } from './labels.ts'
import type { Scope } from './workload.ts'

type Reach = Settings['reach']

/**
 * The name of a component inside the cluster, and outside where `reach` says so and it has an API. Its readiness is that of the
 * workload, so nobody waits for its endpoints; but for the address of a load balancer.
 */
export function serviceOf(component: Component, { stack, namespace }: Scope, reach: Reach) {
  const { name, ports } = component
  const type = typeOf(component, reach)
  return {
    metadata: {
      name,
      namespace,
      labels: labelsOf({ stack, component: name }),
      ...(type === 'LoadBalancer' ? {} : { annotations: { 'pulumi.com/skipAwait': 'true' } }),
    },
    spec: {
      type,
      selector: selectorOf(stack, name),
      ports: ports.map(({ name, number }) => ({ name, port: number, targetPort: name })),
    },
  } satisfies types.input.core.v1.Service
}

function typeOf({ api }: Component, reach: Reach): 'ClusterIP' | 'LoadBalancer' | 'NodePort' {
  if (api === undefined || api.address !== undefined) return 'ClusterIP'
  if (reach === 'loadBalancer') return 'LoadBalancer'
  return reach === 'nodePort' ? 'NodePort' : 'ClusterIP'
}
