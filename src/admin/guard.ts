import { isWithin, parseNetworks } from '../lib/networks.ts'
import type { Exchange } from '../http/context.ts'
import type { Site } from '../plan/types.ts'
import type { Refusal } from './refusal.ts'

/** Whether the system file's `admin:` lets anybody in from there at all; undefined when it does. */
export function guard(site: Site | undefined, exchange: Exchange): Refusal | undefined {
  if (site === undefined) return undefined
  const { enabled, hosts, addresses } = site.admin
  if (!enabled) return { kind: 'not-found', detail: 'The Admin API is switched off.' }
  if (hosts.length > 0 && !hosts.includes(hostOf(exchange))) return { kind: 'bad-host' }
  if (addresses.length > 0 && !isWithin(exchange.client, parseNetworks(addresses))) {
    return { kind: 'forbidden', detail: 'The Admin API does not answer this address.' }
  }
  return undefined
}

/** Name of the host that was asked, without a port. */
function hostOf({ sent }: Exchange): string {
  const host = (sent.get('host') ?? '').toLowerCase()
  return host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.replace(/:\d+$/, '')
}
