import type { Context } from 'hono'
import type { AddressSource } from '../http/address.ts'
import type { GatewayEnv } from '../http/context.ts'
import type { Ports } from '../ports.ts'
import type { InFlight } from '../upstream/in-flight.ts'

/** What a host supplies; the same for all plans of an isolate. */
export interface Host {
  readonly ports: Ports
  readonly addressSource: AddressSource
  /** Bearer token of `/__metrics`; undefined closes it unless the configuration makes it public. */
  readonly metricsToken: string | undefined
  /** One for all plans: requests of an old one are still under way. */
  readonly inFlight: InFlight
  /** Takes what is below `/__admin/`, around all policies; without it there is nothing. */
  readonly admin?: AdminDoor
}

/** The way into the Admin API, which is a layer above. */
export type AdminDoor = (c: Context<GatewayEnv>) => Promise<Response>
