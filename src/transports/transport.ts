import type * as z from 'zod'
import type { Exchange } from '../http/context.ts'
import type { BackendInstallation } from '../http/installation.ts'
import type { Outbound } from '../ports.ts'

/** One upstream call made for an exchange: a request in, an answer out; rejects when none comes. */
export type Fetch = (outbound: Outbound, exchange: Exchange) => Promise<Response>

/** Plug-in point 2: wraps a backend call. */
export interface Transport {
  /** One sentence for the generated reference. */
  readonly summary: string
  /** Shape of the YAML block at backend level. */
  readonly options: z.ZodObject
  readonly build: (
    options: Readonly<Record<string, unknown>>,
    installation: BackendInstallation,
  ) => (next: Fetch) => Fetch
}
