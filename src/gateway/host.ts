import type { AddressSource } from '../http/address.ts'
import type { Ports } from '../ports.ts'

/** What a host supplies; the same for all plans of an isolate. */
export interface Host {
  readonly ports: Ports
  readonly addressSource: AddressSource
  /** Bearer token of `/__metrics`; undefined closes it unless the configuration makes it public. */
  readonly metricsToken: string | undefined
}
