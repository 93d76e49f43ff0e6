import type { Settings } from '../settings/schema.ts'
import type { Component } from '../system/model.ts'
import { configurationOf } from './configuration.ts'
import { filesName } from './pod.ts'
import { serviceOf } from './service.ts'
import { deploymentOf, type Scope, statefulSetOf } from './workload.ts'

/** Kinds whose objects are ours from end to end, where the API server has them, and the parts in which nobody else has anything to add. */
export const KINDS = {
  Deployment: { path: '/apis/apps/v1', plural: 'deployments', parts: ['spec'] },
  StatefulSet: { path: '/apis/apps/v1', plural: 'statefulsets', parts: ['spec'] },
  Service: { path: '/api/v1', plural: 'services', parts: ['spec'] },
  Secret: { path: '/api/v1', plural: 'secrets', parts: ['data'] },
  ConfigMap: { path: '/api/v1', plural: 'configmaps', parts: ['data', 'binaryData'] },
} as const

export type Kind = keyof typeof KINDS

/** An object as it shall be; what a value is counts for nothing, what is there does. */
export interface Planned {
  readonly kind: Kind
  readonly name: string
  readonly wanted: object
}

/** The objects of a component that runs. Values of secrets are left empty: nobody needs them to tell what is there. */
export function plannedOf(
  component: Component,
  scope: Scope,
  reach: Settings['reach'],
): readonly Planned[] {
  const { name, secrets, volumes } = component
  const { variables, files } = configurationOf(component)
  const configMap = (named: string, data: object | undefined): readonly Planned[] =>
    data === undefined ? [] : [{ kind: 'ConfigMap', name: named, wanted: { data } }]
  const data = Object.fromEntries(secrets.map((secret) => [secret.name, '']))
  return [
    ...configMap(name, variables),
    ...configMap(filesName(name), files),
    ...(secrets.length === 0 ? [] : [{ kind: 'Secret', name, wanted: { data } } as const]),
    { kind: 'Service', name, wanted: serviceOf(component, scope, reach) },
    volumes.length === 0
      ? { kind: 'Deployment', name, wanted: deploymentOf(component, scope, '') }
      : { kind: 'StatefulSet', name, wanted: statefulSetOf(component, scope, '') },
  ]
}
