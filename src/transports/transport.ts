import type * as z from 'zod'
import type { Outbound, Ports } from '../ports.ts'

/** One upstream call: a request in, an answer out; rejects when none comes. */
export type Fetch = (outbound: Outbound) => Promise<Response>

/** Plug-in point 2: wraps a backend call. */
export interface Transport {
  /** One sentence for the generated reference. */
  readonly summary: string
  /** Shape of the YAML block at backend level. */
  readonly options: z.ZodObject
  readonly build: (
    options: Readonly<Record<string, unknown>>,
    ports: Ports,
  ) => (next: Fetch) => Fetch
}
