import type { Plan } from '../plan/types.ts'
import { UserFault } from './fault.ts'

/** A Fetcher binding that goes to one fixed address, whatever the request's URL says. */
export interface External {
  /** Name of the binding in the Worker. */
  readonly binding: string
  /** `host:port`. */
  readonly address: string
  /** Name that the certificate must carry; present for https. */
  readonly tlsHost?: string
}

/**
 * The bindings that upstreams of an activated plan call through, as workerd makes them outside Cloudflare.
 *
 * @throws UserFault where an upstream has several targets: a binding has one address.
 */
export function externals(plan: Plan): readonly External[] {
  const found = new Map<string, External>()
  for (const { name, binding, targets } of Object.values(plan.site.upstreams)) {
    if (binding === undefined) continue
    const [target, ...others] = targets
    if (target === undefined || others.length > 0) {
      throw new UserFault(
        `upstream ${name}: a binding carries one target on this host, not ${targets.length}`,
      )
    }
    const external = toExternal(binding, new URL(target.origin))
    const earlier = found.get(binding)
    if (earlier !== undefined && earlier.address !== external.address) {
      throw new UserFault(
        `upstream ${name}: binding ${binding} already leads to ${earlier.address}`,
      )
    }
    found.set(binding, external)
  }
  return [...found.values()]
}

function toExternal(binding: string, url: URL): External {
  const isTls = url.protocol === 'https:'
  const address = `${url.hostname}:${url.port === '' ? (isTls ? '443' : '80') : url.port}`
  return isTls ? { binding, address, tlsHost: url.hostname } : { binding, address }
}
