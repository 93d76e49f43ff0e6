import { KubeConfig } from '@kubernetes/client-node'
import type { Agent as AnyAgent } from 'node:http'
import { Agent } from 'node:https'

type Context = Parameters<KubeConfig['applySecurityAuthentication']>[0]
type Options = Parameters<KubeConfig['applyToHTTPSOptions']>[0]

/**
 * A kubeconfig whose connections last: the library makes an agent, and so a TLS handshake, for each request. Other
 * credentials, as a plug-in may bring them, get connections of their own; proxies are left to the library.
 */
export class LastingConfig extends KubeConfig {
  readonly #agents = new Map<string, Agent>()

  override async applySecurityAuthentication(context: Context): Promise<void> {
    await super.applySecurityAuthentication(context)
    const agent = context.getAgent()
    if (agent !== undefined) context.setAgent(this.#lasting(agent))
  }

  override async applyToHTTPSOptions(options: Options): Promise<void> {
    await super.applyToHTTPSOptions(options)
    if (typeof options.agent === 'object') options.agent = this.#lasting(options.agent)
  }

  #lasting(agent: AnyAgent): AnyAgent {
    if (agent.constructor !== Agent) return agent
    const { options } = agent as Agent
    const key = JSON.stringify(options)
    const lasting = this.#agents.get(key) ?? new Agent({ ...options, keepAlive: true })
    this.#agents.set(key, lasting)
    return lasting
  }
}
