import {
  ErrorHook,
  type Input,
  log,
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
import { affectedBy } from '../system/needs.ts'
import { GatewayError } from './gateway.ts'
import { registryOf, type UpstreamInputs, wiringOf } from './inputs.ts'
import { drain, publish, reopen } from './publish.ts'
import type { Registry } from './registry.ts'
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
  readonly #addresses = new Map<string, Output<string>>()
  /** Upstreams that were drained for a change and are not open again, by name. */
  readonly closed = new Map<string, Closed>()

  constructor(gateway: Gateway, components: readonly Component[]) {
    this.#gateway = gateway
    this.#components = components
  }

  /**
   * A component whose pods are never there twice is drained before they go and opened again behind its successors; when these
   * do not come, as far as it answers all the same.
   */
  hooksOf(component: Component): ResourceHookBinding {
    const { name, singleWriter } = component
    if (singleWriter === undefined) return {}
    const behind = affectedBy(this.#components, name).filter((other) => other !== component)
    const drainAll = () => Promise.all([component, ...behind].map((each) => this.#drain(each)))
    const openAll = () =>
      Promise.all([this.#open(component), ...behind.map((each) => this.#reopen(each))])
    return {
      beforeUpdate: [new ResourceHook(`drain-${name}`, whenPodsChange(drainAll))],
      afterUpdate: [new ResourceHook(`open-${name}`, whenPodsChange(openAll))],
      onError: [new ErrorHook(`recover-${name}`, () => this.#recoverNow([component, ...behind]))],
    }
  }

  /** Registers the upstreams of components that have an address. */
  publish(deployed: readonly Deployed[]): readonly Resource[] {
    return deployed.flatMap((each) => {
      const all = this.#argsOf(each, deployed)
      this.#inputs.set(each.component.name, all.map(known))
      if (each.address !== undefined) this.#addresses.set(each.component.name, each.address)
      // What it depends on goes after it: as long as requests come, both are there.
      const { workload, service } = each.resource
      const dependsOn = [...workload, ...(service === undefined ? [] : [service])]
      const options = { parent: each.resource, dependsOn }
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

  /**
   * Opens what was drained for a change that failed, where the component answers all the same. Resolves with what the gateway
   * did not let us open; a component that does not answer is no fault of this.
   */
  async recover(components = this.#components): Promise<readonly string[]> {
    // Without a token nothing was drained either.
    if ((await settled(output(this.#gateway.token), SOON_MS)) === undefined) return []
    const outcomes = await Promise.allSettled(
      components.map((component) => this.#reopen(component, 0)),
    )
    const refusals = outcomes.flatMap((outcome) => {
      const reason: unknown = outcome.status === 'rejected' ? outcome.reason : undefined
      return reason instanceof GatewayError && reason.kind !== 'failed' ? [reason.message] : []
    })
    return [...new Set(refusals)]
  }

  /** The same behind an operation that failed, which is not tried again; its error stays the one that counts. */
  async #recoverNow(components: readonly Component[]): Promise<false> {
    for (const reason of await this.recover(components)) {
      await log.warn(`What was drained cannot be opened again: ${reason}`)
    }
    return false
  }

  /** Takes a component's upstreams from the traffic. Its address is not asked for: it may not be known yet. */
  async #drain({ api, times: { drainMs } }: Component): Promise<void> {
    const { owner } = this.#gateway
    const registry = await this.#registry()
    const names = api?.upstreams ?? []
    await Promise.all(names.map(({ name }) => drain(registry, { name, owner, drainMs })))
  }

  /** Publishes a component anew, as it is to be from now on. */
  async #open(component: Component): Promise<void> {
    const outputs = this.#inputs.get(component.name) ?? []
    const all = await Promise.all(outputs.map((each) => settled(each, component.times.startMs)))
    if (all.includes(undefined)) return this.#reopen(component)
    await Promise.all(
      all.map(async (inputs) => inputs && this.#try(component, inputs.name, () => open(inputs))),
    )
  }

  /**
   * Opens a component as the gateway knows it: what it needs was replaced, not itself. With `boundMs` neither of them is
   * waited for longer.
   */
  async #reopen({ api, ...component }: Component, boundMs?: number): Promise<void> {
    if (api === undefined) return
    const { startMs, drainMs } = component.times
    const times = { boundMs: boundMs ?? startMs, drainMs }
    const { owner } = this.#gateway
    const registry = await this.#registry(boundMs)
    const address = this.#addresses.get(component.name)
    const known = address && (await settled(address, SOON_MS))
    await Promise.all(
      api.upstreams.map(async ({ name }) => {
        // One that somebody has sent elsewhere will never answer there; it is opened when that is put right.
        const target = (await registry.find(name))?.settings.targets[0]?.url
        if (known !== undefined && target !== undefined && target !== known) return
        await this.#try(component, name, () =>
          reopen(registry, { name, owner, ...times }, api.ready),
        )
      }),
    )
  }

  /** What goes wrong behind an update is a mere warning to engines of old, so it is kept for those who ask. */
  async #try(
    { name: component }: Pick<Component, 'name'>,
    upstream: string,
    run: () => Promise<void>,
  ): Promise<void> {
    try {
      await run()
      this.closed.delete(upstream)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.closed.set(upstream, { component, reason })
      throw error
    }
  }

  async #registry(patienceMs?: number): Promise<Registry> {
    const { url, token } = this.#gateway
    const access = { gateway: url, token: await valueOf(output(token)) }
    return registryOf(access, patienceMs === undefined ? {} : { patienceMs })
  }
}

/** Why a component takes no traffic. */
export interface Closed {
  readonly component: string
  readonly reason: string
}

/** A hook that runs where a change of a workload replaces its pods. */
const whenPodsChange =
  (run: () => Promise<unknown>): ResourceHookFunction =>
  async ({ oldInputs, newInputs }) => {
    if (!isDeepStrictEqual(templateOf(oldInputs), templateOf(newInputs))) await run()
  }

/** Gives an upstream of this stack back once its component answers; one that was never published waits for its resource. */
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

/** What is known is known by then, in ms. */
const SOON_MS = 100

/** The value; undefined where it is not known in time: what it comes from may have failed. */
async function settled<T>(value: Output<T>, withinMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  // It holds the process: when the engine was killed nothing else does.
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), withinMs)
  })
  try {
    return await Promise.race([valueOf(value), late])
  } finally {
    clearTimeout(timer)
  }
}

const valueOf = <T>(value: Output<T>): Promise<T> =>
  new Promise((resolve) => value.apply((known) => resolve(known)))
