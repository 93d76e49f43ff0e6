import type { MiddlewareHandler } from 'hono'
import type * as z from 'zod'
import type { GatewayEnv } from '../http/context.ts'
import type { Installation } from '../http/installation.ts'

/** Plug-in point 1: wraps a route, or the whole gateway, as Hono middleware. */
export interface Policy {
  /** One sentence for the generated reference. */
  readonly summary: string
  /** Where the YAML key belongs: in the system file, or in a definition. */
  readonly level: 'service' | 'endpoint'
  /** Shape of the YAML block; each field has a description. Unknown keys are warned about by the loader. */
  readonly options: z.ZodObject
  readonly build: (
    options: Readonly<Record<string, unknown>>,
    installation: Installation,
  ) => MiddlewareHandler<GatewayEnv>
}

/** Declares a policy; ties the options' type to the builder so that the registry needs no cast. */
export function definePolicy<S extends z.ZodObject>(policy: {
  readonly summary: string
  readonly level: Policy['level']
  readonly options: S
  readonly build: (
    options: z.output<S>,
    installation: Installation,
  ) => MiddlewareHandler<GatewayEnv>
}): Policy {
  return {
    ...policy,
    build: (options, installation) => policy.build(policy.options.parse(options), installation),
  }
}
