import * as z from 'zod'
import type { UpstreamSettings } from '../../src/client/types.ts'
import type { Patience } from './gateway.ts'
import type { Wiring } from './publish.ts'
import { Registry } from './registry.ts'

/** What a stack says about a component that it publishes, without wraps and promises. */
export const upstreamInputs = z.object({
  /** `http(s)://host[:port]`. */
  gateway: z.string(),
  token: z.string(),
  name: z.string(),
  owner: z.string(),
  /** `http(s)://host[:port]` of the component, as the gateway reaches it. */
  address: z.string(),
  ready: z.object({
    path: z.string(),
    codes: z.array(z.number()),
    isAuthenticated: z.boolean(),
  }),
  passesAuthorization: z.boolean(),
  /** HTTP Basic. */
  auth: z.object({ username: z.string(), password: z.string() }).optional(),
  boundMs: z.number(),
  drainMs: z.number(),
})

export type UpstreamInputs = z.output<typeof upstreamInputs>

/** The registry of its gateway. The token of the environment goes first: one that was kept may be dead by now. */
export const registryOf = (
  { gateway, token }: Pick<UpstreamInputs, 'gateway' | 'token'>,
  patience: Patience = {},
): Registry =>
  new Registry({ url: gateway, token: process.env['CB_BRIDGE_TOKEN'] || token }, patience)

export function wiringOf(inputs: UpstreamInputs): Wiring {
  const { address, ready, auth } = inputs
  return {
    ...inputs,
    settings: settingsOf(inputs),
    ready: {
      url: `${address.replace(/\/$/, '')}${ready.path}`,
      codes: ready.codes,
      ...(ready.isAuthenticated && auth !== undefined ? { auth } : {}),
    },
  }
}

function settingsOf({
  address,
  ready,
  auth,
  passesAuthorization,
}: UpstreamInputs): UpstreamSettings {
  return {
    targets: [{ url: address }],
    ready: { path: ready.path, codes: ready.codes },
    ...(passesAuthorization || auth === undefined ? {} : { auth: { basic: auth } }),
    pass_authorization: passesAuthorization,
  }
}
