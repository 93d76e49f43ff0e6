import type { Ports } from '../ports.ts'

/** Where a policy stands and what it may use there. */
export interface Installation {
  readonly ports: Ports
  /** Name of the endpoint; empty for a policy of the whole gateway. */
  readonly endpoint: string
}

/** Where a transport stands. */
export interface BackendInstallation extends Installation {
  /** Index of the backend in its endpoint. */
  readonly backend: number
}
