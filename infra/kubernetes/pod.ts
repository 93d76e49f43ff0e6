import type { types } from '@pulumi/kubernetes'
import type { Input } from '@pulumi/pulumi'
import type { RunAs } from '../catalog/schema.ts'
import type { Component, Wait } from '../system/model.ts'
import { configurationOf, fileKey } from './configuration.ts'
import { labelsOf } from './labels.ts'
import { probesOf, seconds } from './probes.ts'

type PodTemplate = types.input.core.v1.PodTemplateSpec
type Container = types.input.core.v1.Container

/** The annotation whose change starts new pods: a hash of all that a pod reads when it starts. */
const CONFIGURATION = 'cb-bridge/configuration'

/** What the grace period has beyond a component's own time to stop: the kubelet and the network need a moment. */
const RESERVE_MS = 10_000

/** The pods of a component. ConfigMaps and Secrets are referenced by their names, which never change. */
export function podTemplateOf(
  component: Component,
  stack: string,
  configurationHash: Input<string>,
): PodTemplate {
  const { name, runAs, waits, times } = component
  return {
    metadata: {
      labels: labelsOf({ stack, component: name }),
      annotations: { [CONFIGURATION]: configurationHash },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: seconds(times.shutdownMs + RESERVE_MS),
      securityContext: {
        seccompProfile: { type: 'RuntimeDefault' },
        ...(runAs.kind === 'root' ? {} : { fsGroup: runAs.group }),
      },
      ...(waits.length === 0 ? {} : { initContainers: waits.map(waiting) }),
      containers: [containerOf(component)],
      ...volumesOf(component),
    },
  }
}

function containerOf(component: Component): Container {
  const { name, image, ports, runAs, probes, times, resources } = component
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    ports: ports.map(({ name, number }) => ({ name, containerPort: number })),
    ...environmentOf(component),
    ...probesOf(probes, times),
    resources: amountsOf(resources),
    securityContext: securityOf(runAs),
    ...mountsOf(component),
  }
}

function amountsOf({ requests, limits }: Component['resources']) {
  return {
    requests: { ...requests },
    ...(Object.keys(limits).length > 0 && { limits: { ...limits } }),
  }
}

/** Nothing that the image's processes could become more by, and no root where the image allows it. */
function securityOf(runAs: RunAs): types.input.core.v1.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    ...(runAs.kind === 'root'
      ? { runAsUser: 0 }
      : { runAsNonRoot: true, runAsUser: runAs.user, runAsGroup: runAs.group }),
  }
}

function environmentOf(component: Component): Pick<Container, 'env' | 'envFrom'> {
  const { name, secretVariables } = component
  const { variables } = configurationOf(component)
  return {
    ...(variables === undefined ? {} : { envFrom: [{ configMapRef: { name } }] }),
    ...(secretVariables.length === 0
      ? {}
      : {
          env: secretVariables.map(({ variable, secret }) => ({
            name: variable,
            valueFrom: { secretKeyRef: { name: secret.component, key: secret.name } },
          })),
        }),
  }
}

/** Asks every two seconds, and gives up after five minutes: then the kubelet shows it and begins anew. */
const UNTIL = 'i=0; until "$@"; do i=$((i+1)); [ "$i" -lt 150 ] || exit 1; sleep 2; done'

function waiting({ component, image, runAs, command }: Wait): Container {
  return {
    name: `wait-for-${component}`,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', UNTIL, 'sh', ...command],
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
    securityContext: securityOf(runAs),
  }
}

/** Volumes that outlive the pod come from the claim templates of its StatefulSet. */
function volumesOf(component: Component): Pick<types.input.core.v1.PodSpec, 'volumes'> {
  const { name, scratch, files } = component
  const volumes = [
    ...scratch.map(({ name, size }) => ({ name, emptyDir: { sizeLimit: size } })),
    ...(files.length === 0 ? [] : [{ name: FILES, configMap: { name: filesName(name) } }]),
  ]
  return volumes.length === 0 ? {} : { volumes }
}

function mountsOf({ volumes, scratch, files }: Component): Pick<Container, 'volumeMounts'> {
  const mounts = [
    ...[...volumes, ...scratch].map(({ name, path }) => ({ name, mountPath: path })),
    ...files.map((file, i) => ({
      name: FILES,
      mountPath: file.path,
      subPath: fileKey(file, i),
      readOnly: true,
    })),
  ]
  return mounts.length === 0 ? {} : { volumeMounts: mounts }
}

const FILES = 'configuration-files'

/** The ConfigMap of a component's configuration files. */
export const filesName = (component: string): string => `${component}-files`
