import {
  type Input,
  type Output,
  output,
  type Resource,
  ResourceHook,
  type ResourceHookBinding,
  type ResourceHookFunction,
  secret as asSecret,
} from '@pulumi/pulumi'
import { isDeepStrictEqual } from 'node:util'
import { isPlainMap } from '../../src/config/conform.ts'
import type { Deployed } from '../kubernetes/deploy.ts'
import type { Api, Component } from '../system/model.ts'
import { registryOf, type UpstreamInputs, wiringOf } from './inputs.ts'
import { drain, publish } from './publish.ts'
import { GatewayToken, Upstream, type UpstreamArgs } from './resources.ts'

/** A gateway as a stack uses it. */
export interface Gateway {
  readonly url: string
  readonly token: Input<string>
  /** In the words of `ownerOf`. */
  readonly owner: string
}

/** What opens the gateway: a token that the user gives, else the stack's own, which begins with a bootstrap token. */
export function tokenFor(url: string, owner: string): Input<string> {
  const { CB_BRIDGE_TOKEN: given = '', CB_BRIDGE_BOOTSTRAP: bootstrap = '' } = process.env
  const secrets = {
    ...(given === '' ? {} : { given: asSecret(given) }),
    ...(bootstrap === '' ? {} : { bootstrap: asSecret(bootstrap) }),
  }
  return new GatewayToken('gateway', { gateway: url, name: owner, ...secrets }).token
}

/**
 * Publishes components to a gateway, and takes each from the traffic while its pods are replaced. Hooks are asked for before
 * the components are there, so what they need comes later.
 */
export class Wire {
  readonly #gateway: Gateway
  readonly #components: readonly Component[]
  readonly #inputs = new Map<string, Output<UpstreamInputs>[]>()

  constructor(gateway: Gateway, components: readonly Component[]) {
    this.#gateway = gateway
    this.#components = components
  }

  /** A component whose pods are never there twice is drained before they go and opened again behind its successors. */
  hooksOf(component: Component): ResourceHookBinding {
    if (component.singleWriter === undefined) return {}
    const { name } = component
    const around =
      (run: (inputs: UpstreamInputs) => Promise<void>): ResourceHookFunction =>
      async ({ oldInputs, newInputs }) => {
        if (isDeepStrictEqual(templateOf(oldInputs), templateOf(newInputs))) return
        await Promise.all((await this.#behind(name)).map(run))
      }
    return {
      beforeUpdate: [new ResourceHook(`drain-${name}`, around(close))],
      afterUpdate: [new ResourceHook(`open-${name}`, around(open))],
    }
  }

  /** Registers the upstreams of components that have an address. */
  publish(deployed: readonly Deployed[]): readonly Resource[] {
    return deployed.flatMap((each) => {
      const all = this.#argsOf(each, deployed)
      this.#inputs.set(each.component.name, all.map(known))
      const options = { parent: each.resource, dependsOn: [...each.resource.workload] }
      return all.map((args) => new Upstream(args.name, args, options))
    })
  }

  #argsOf(
    { component, address }: Deployed,
    deployed: readonly Deployed[],
  ): readonly UpstreamArgs[] {
    const { api, times } = component
    if (api === undefined || address === undefined) return []
    const auth = authOf(api, deployed)
    return api.upstreams.map(({ name, passesAuthorization }) => ({
      gateway: this.#gateway.url,
      token: this.#gateway.token,
      owner: this.#gateway.owner,
      name,
      address,
      ready: { ...api.ready, codes: [...api.ready.codes] },
      passesAuthorization,
      ...(auth === undefined ? {} : { auth }),
      boundMs: times.startMs,
      drainMs: times.drainMs,
    }))
  }

  /** Opens what was drained for a change that failed, where the component answers all the same. */
  async recover(): Promise<void> {
    const known = await Promise.all([...this.#inputs.values()].flat().map(settled))
    await Promise.allSettled(
      known.flatMap((inputs) => (inputs === undefined ? [] : open({ ...inputs, boundMs: 0 }))),
    )
  }

  /** The upstreams of a component and of all that cannot do without it. */
  async #behind(name: string): Promise<readonly UpstreamInputs[]> {
    const affected = this.#components.filter(
      (component) => component.name === name || this.#needs(component, name),
    )
    const outputs = affected.flatMap(({ name }) => this.#inputs.get(name) ?? [])
    return Promise.all(outputs.map(valueOf))
  }

  #needs({ needs }: Component, name: string): boolean {
    const components = this.#components.filter((component) => needs.includes(component.name))
    return needs.includes(name) || components.some((component) => this.#needs(component, name))
  }
}

/** Takes an upstream of this stack from the traffic. */
const close = (inputs: UpstreamInputs): Promise<void> => drain(registryOf(inputs), inputs)

/** Gives it back once its component answers; one that was never published waits for its resource. */
async function open(inputs: UpstreamInputs): Promise<void> {
  const registry = registryOf(inputs)
  const live = await registry.find(inputs.name)
  if (live?.owner !== inputs.owner || live.drain.state === 'open') return
  await publish(registry, wiringOf(inputs))
}

/** What opens a component's API: a secret of its own, or of another one. */
function authOf({ auth }: Api, deployed: readonly Deployed[]): UpstreamArgs['auth'] {
  if (auth === undefined) return undefined
  const { component: owner, name } = auth.password
  const password = deployed.find(({ component }) => component.name === owner)?.secrets[name]
  return password && asSecret({ username: auth.username, password })
}

/** The pod template of a workload's inputs: what replaces pods when it changes. */
function templateOf(inputs: unknown): unknown {
  const spec = isPlainMap(inputs) ? inputs['spec'] : undefined
  return isPlainMap(spec) ? spec['template'] : undefined
}

/** Arguments without what wraps them, once all of it is known. */
const known = (args: UpstreamArgs): Output<UpstreamInputs> =>
  output(args).apply((bare) => bare as UpstreamInputs)

/** The value, where it is known by now. */
const settled = <T>(value: Output<T>): Promise<T | undefined> =>
  Promise.race([
    valueOf(value),
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 100).unref()),
  ])

const valueOf = <T>(value: Output<T>): Promise<T> =>
  new Promise((resolve) => value.apply((known) => resolve(known)))
