import type * as z from 'zod'
import type { Exchange } from '../http/context.ts'
import type { BackendInstallation } from '../http/installation.ts'
import type { Rule } from '../limits/rule.ts'
import type { Outbound } from '../ports.ts'

/**
 * One upstream call made for an exchange: a request in, an answer out. It rejects when none comes; with `Refused` when
 * a transport did not let the call be made.
 */
export type Fetch = (outbound: Outbound, exchange: Exchange) => Promise<Response>

type Written = Readonly<Record<string, unknown>>
type Stand = Pick<BackendInstallation, 'endpoint' | 'backend'>

/** Plug-in point 2: wraps a backend call. */
export interface Transport {
  /** One sentence for the generated reference. */
  readonly summary: string
  /** Shape of the YAML block at backend level. */
  readonly options: z.ZodObject
  /** Whether the block does nothing with these options, so that it can be left out with a notice. */
  readonly isOff?: (options: Written) => boolean
  /** The limits that it sets, for whoever tells about them. */
  readonly limits?: (options: Written, stand: Stand) => readonly Rule[]
  readonly build: (options: Written, installation: BackendInstallation) => (next: Fetch) => Fetch
}

/** Declares a transport; ties the options' type to the functions so that the registry needs no cast. */
export function defineTransport<S extends z.ZodObject>(transport: {
  readonly summary: string
  readonly options: S
  readonly isOff?: (options: z.output<S>) => boolean
  readonly limits?: (options: z.output<S>, stand: Stand) => readonly Rule[]
  readonly build: (
    options: z.output<S>,
    installation: BackendInstallation,
  ) => (next: Fetch) => Fetch
}): Transport {
  const { options: schema, isOff, limits, build, summary } = transport
  return {
    summary,
    options: schema,
    ...(isOff && { isOff: (options) => isOff(schema.parse(options)) }),
    ...(limits && { limits: (options, stand) => limits(schema.parse(options), stand) }),
    build: (options, installation) => build(schema.parse(options), installation),
  }
}
