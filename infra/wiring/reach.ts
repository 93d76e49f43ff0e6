import type { Complaint } from '../../src/config/diagnostics.ts'
import type { Settings } from '../settings/schema.ts'
import { withScheme } from '../system/address.ts'
import type { System } from '../system/model.ts'

/** Addresses under which a gateway could not reach what is published to it, as far as their names tell. */
export function unreachable({ components }: System, settings: Settings): readonly Complaint[] {
  const { gateway, reach, addresses } = settings
  if (gateway.url === undefined) return []
  const { hostname } = new URL(withScheme(gateway.url))
  return components
    .filter(({ api }) => api !== undefined && api.upstreams.length > 0)
    .flatMap(({ name }) => {
      const address = addresses[name]
      if (address === undefined) {
        if (reach !== 'cluster' || isInCluster(hostname)) return []
        const message = `The gateway at ${gateway.url} is not in the cluster and cannot reach the Service of ${name}.`
        return [{ message, hint: `Set "reach" to another way, or "addresses.${name}".` }]
      }
      const { hostname: target } = new URL(withScheme(address))
      if (isLoopback(target) && !isLoopback(hostname)) {
        const message = `"addresses.${name}" is ${address}, which means the gateway at ${gateway.url} itself.`
        return [{ message, hint: 'Give an address that is the same everywhere.' }]
      }
      if (isInCluster(target) && !isInCluster(hostname)) {
        const message = `"addresses.${name}" is ${address}, but the gateway at ${gateway.url} is not in the cluster.`
        return [{ message, hint: 'Give an address outside the cluster.' }]
      }
      return []
    })
}

const isInCluster = (hostname: string) => /\.svc(?:\.|$)/.test(hostname)
const isLoopback = (hostname: string) =>
  hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
