import { Deployment } from '@pulumi/kubernetes/apps/v1/deployment.js'
import { StatefulSet } from '@pulumi/kubernetes/apps/v1/statefulSet.js'
import { ConfigMap } from '@pulumi/kubernetes/core/v1/configMap.js'
import { PersistentVolumeClaimPatch } from '@pulumi/kubernetes/core/v1/persistentVolumeClaimPatch.js'
import { Secret } from '@pulumi/kubernetes/core/v1/secret.js'
import { Service } from '@pulumi/kubernetes/core/v1/service.js'
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Output,
  output,
  type Resource,
  type ResourceHookBinding,
  unsecret,
} from '@pulumi/pulumi'
import type { Settings } from '../settings/schema.ts'
import type { Component } from '../system/model.ts'
import { claimsOf } from './claims.ts'
import { configurationOf, hashOf } from './configuration.ts'
import { labelsOf } from './labels.ts'
import { filesName } from './pod.ts'
import type { SecretSource } from './secrets.ts'
import { serviceOf } from './service.ts'
import { deploymentOf, type Scope, statefulSetOf } from './workload.ts'

/** Secret values by component and name. */
export type SecretValues = Readonly<Record<string, Readonly<Record<string, Output<string>>>>>

export interface ComponentArgs {
  readonly component: Component
  readonly scope: Scope
  readonly reach: Settings['reach']
  /** Values of the components that this one needs. */
  readonly known: SecretValues
  readonly source: SecretSource
  /** Whether it is to run; what its data needs is there in any case. */
  readonly isRunning: boolean
  /** Its claims that are there already. */
  readonly claimed: readonly string[]
  /** What has to be done around a change of its pods. */
  readonly hooks: ResourceHookBinding
}

/**
 * A component of the system on a cluster: its ConfigMaps and Secret, Service, and workload with its claims. Its children
 * are named after it and never by position: a changed name is a deleted object.
 */
export class ComponentOnCluster extends ComponentResource {
  /** Absent when it does not run. */
  readonly service: Service | undefined
  /** What has to be ready; none when it does not run. */
  readonly workload: readonly Resource[]
  /** The sizes of its volume claims. */
  readonly claims: readonly Resource[]
  /** Its own secrets, by name. */
  readonly secrets: Readonly<Record<string, Output<string>>>

  constructor(args: ComponentArgs, options: ComponentResourceOptions) {
    const { component, scope, reach, source, isRunning } = args
    super('cb-bridge:kubernetes:Component', component.name, {}, options)
    this.secrets = Object.fromEntries(
      component.secrets.map((secret) => [
        secret.name,
        source({ ...secret, component: component.name }, this),
      ]),
    )
    const read = [...(isRunning ? this.#configMaps(args) : []), ...this.#secret(args)]
    this.service = isRunning
      ? new Service(component.name, serviceOf(component, scope, reach), this.#children(args))
      : undefined
    this.workload = isRunning ? [this.#workloadOf(args, read)] : []
    this.claims = this.#claims(args)
    this.registerOutputs()
  }

  #children({ component: { times } }: ComponentArgs): CustomResourceOptions {
    const bound = `${times.startMs}ms`
    return { parent: this, customTimeouts: { create: bound, update: bound } }
  }

  #workloadOf(args: ComponentArgs, read: readonly Resource[]): Resource {
    const { component, scope, hooks } = args
    const { name, volumes } = component
    const hash = this.#hash(args)
    const waiting = { ...this.#children(args), dependsOn: [...read], hooks }
    if (volumes.length === 0) {
      return new Deployment(name, deploymentOf(component, scope, hash), waiting)
    }
    // The size of a template is that of the first day; claims grow by patches, and all else was refused before.
    const ignoreChanges = ['spec.volumeClaimTemplates']
    return new StatefulSet(name, statefulSetOf(component, scope, hash), {
      ...waiting,
      ignoreChanges,
    })
  }

  #configMaps({ component, scope }: ComponentArgs): readonly Resource[] {
    const { variables, files } = configurationOf(component)
    const configMap = (name: string, data: Readonly<Record<string, string>> | undefined) =>
      data === undefined
        ? []
        : [
            new ConfigMap(
              name,
              { metadata: metadataOf(name, component, scope), data },
              { parent: this },
            ),
          ]
    return [...configMap(component.name, variables), ...configMap(filesName(component.name), files)]
  }

  #secret({ component, scope }: ComponentArgs): readonly Resource[] {
    if (component.secrets.length === 0) return []
    const data = Object.fromEntries(
      Object.entries(this.secrets).map(([name, value]) => [
        name,
        value.apply((text) => Buffer.from(text).toString('base64')),
      ]),
    )
    const metadata = metadataOf(component.name, component, scope)
    // Data may depend on it, and a component that is left out today may be back tomorrow.
    const options = { parent: this, retainOnDelete: true }
    return [new Secret(component.name, { metadata, data }, options)]
  }

  /** Of all that a pod reads when it starts, secrets of other components included. */
  #hash({ component, known }: ComponentArgs): Output<string> {
    const values = { ...known, [component.name]: this.secrets }
    const secrets = component.secretVariables.map(
      ({ secret }) => values[secret.component]?.[secret.name] ?? output(''),
    )
    const hash = all(secrets).apply((texts) => hashOf([configurationOf(component), texts]))
    return unsecret(hash)
  }

  /** The size of each claim that exists. What is patched is given back to nobody: a claim cannot do without a size. */
  #claims({ component, scope, claimed }: ComponentArgs): readonly Resource[] {
    const { namespace } = scope
    const options = { parent: this, dependsOn: [...this.workload], retainOnDelete: true }
    return claimsOf(component)
      .filter(({ name }) => this.workload.length > 0 || claimed.includes(name))
      .map(({ name, volume }) => {
        const spec = { resources: { requests: { storage: volume.size } } }
        const args = { metadata: { name, namespace }, spec }
        return new PersistentVolumeClaimPatch(name, args, options)
      })
  }
}

const metadataOf = (name: string, component: Component, { stack, namespace }: Scope) => ({
  name,
  namespace,
  labels: labelsOf({ stack, component: component.name }),
})
