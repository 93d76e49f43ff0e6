import type { types } from '@pulumi/kubernetes'
import type { Input } from '@pulumi/pulumi'
import type { Component, Volume } from '../system/model.ts'
import { labelsOf, selectorOf } from './labels.ts'
import { podTemplateOf } from './pod.ts'

/** Where an object of a stack goes. */
export interface Scope {
  readonly stack: string
  readonly namespace: string
}

/** A component with volumes. Its claims carry the stack's labels, so that they are found when the StatefulSet is gone. */
export function statefulSetOf(
  component: Component,
  { stack, namespace }: Scope,
  configurationHash: Input<string>,
) {
  const { name, replicas, volumes } = component
  const labels = labelsOf({ stack, component: name })
  return {
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      serviceName: name,
      // The default waits for a pod that never becomes ready, and its repair would wait with it.
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selectorOf(stack, name) },
      template: podTemplateOf(component, stack, configurationHash),
      // Written down although they are defaults: claims are data, and data stays.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: volumes.map((volume) => claimTemplateOf(volume, labels)),
    },
  } satisfies types.input.apps.v1.StatefulSet
}

function claimTemplateOf({ name, size, class: storageClass }: Volume, labels: Labels) {
  return {
    metadata: { name, labels },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
      resources: { requests: { storage: size } },
    },
  } satisfies types.input.core.v1.PersistentVolumeClaim
}

type Labels = Readonly<Record<string, string>>

/** A component without volumes. Two pods of a single writer never run side by side, not even for an update. */
export function deploymentOf(
  component: Component,
  { stack, namespace }: Scope,
  configurationHash: Input<string>,
) {
  const { name, replicas, singleWriter } = component
  return {
    metadata: { name, namespace, labels: labelsOf({ stack, component: name }) },
    spec: {
      replicas,
      strategy: { type: singleWriter === undefined ? 'RollingUpdate' : 'Recreate' },
      selector: { matchLabels: selectorOf(stack, name) },
      template: podTemplateOf(component, stack, configurationHash),
    },
  } satisfies types.input.apps.v1.Deployment
}
