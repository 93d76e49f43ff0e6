import type { MiddlewareHandler } from 'hono'
import type * as z from 'zod'
import type { GatewayEnv } from '../http/context.ts'
import type { Installation } from '../http/installation.ts'
import type { Judge } from '../http/judge.ts'
import type { Rule } from '../limits/rule.ts'

/** What a policy needs to know of its place to name what it keeps. */
type Stand = Pick<Installation, 'endpoint'>

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
  /** On policies that only decide who may pass: the decision alone, for `mw-access`. */
  readonly judge?: (options: Readonly<Record<string, unknown>>, installation: Installation) => Judge
  /**
   * Names (lower-case) of request headers that are not handed on: what carried a proof, and what the gateway alone may
   * say. `Authorization` is handed on to an upstream that asks for it.
   */
  readonly keeps?: (options: Readonly<Record<string, unknown>>) => readonly string[]
  /** Whether the block does nothing with these options, so that it can be left out with a notice. */
  readonly isOff?: (options: Readonly<Record<string, unknown>>) => boolean
  /** The limits that it sets, for whoever tells about them. */
  readonly limits?: (options: Readonly<Record<string, unknown>>, stand: Stand) => readonly Rule[]
  /** Keys of judges at the same endpoint that are asked through this policy alone. */
  readonly combines?: (options: Readonly<Record<string, unknown>>) => readonly string[]
  /** Options that `explain` shows, as paths with dots; none of them is a secret. */
  readonly shows?: readonly string[]
  /** What `check` should warn about; the options may still hold references. */
  readonly remarks?: (options: Readonly<Record<string, unknown>>) => readonly Remark[]
}

/** Something in a block that is allowed and rarely meant. */
export interface Remark {
  /** Key of the block. */
  readonly key: string
  readonly message: string
  readonly hint: string
}

/** Declares a policy; ties the options' type to the functions so that the registry needs no cast. */
export function definePolicy<S extends z.ZodObject>(policy: {
  readonly summary: string
  readonly level: Policy['level']
  readonly options: S
  readonly isOff?: (options: z.output<S>) => boolean
  readonly limits?: (options: z.output<S>, stand: Stand) => readonly Rule[]
  readonly shows?: readonly string[]
  readonly combines?: (options: z.output<S>) => readonly string[]
  readonly remarks?: (options: z.output<S>) => readonly Remark[]
  readonly build: (
    options: z.output<S>,
    installation: Installation,
  ) => MiddlewareHandler<GatewayEnv>
}): Policy {
  const { options: schema, isOff, limits, combines, remarks, build, ...rest } = policy
  return {
    ...rest,
    options: schema,
    ...(isOff && { isOff: (options) => isOff(schema.parse(options)) }),
    ...(limits && { limits: (options, stand) => limits(schema.parse(options), stand) }),
    ...(combines && { combines: (options) => combines(schema.parse(options)) }),
    ...(remarks && { remarks: (options) => remarks(schema.parse(options)) }),
    build: (options, installation) => build(schema.parse(options), installation),
  }
}
