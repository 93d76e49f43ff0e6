import * as z from 'zod'
import { acquireToken, isAlive, revokeToken } from '../token.ts'
import type { Handler } from './dispatch.ts'
import { failuresOf } from './failures.ts'
import { asSecret, type Properties } from './values.ts'

const inputs = z.object({
  gateway: z.string(),
  /** What it is called at the gateway. */
  name: z.string(),
  /** A token that the user has made; it is kept so that later commands can do without. */
  given: z.string().optional(),
  /** The gateway's one-time token; needed once, where no token is given. */
  bootstrap: z.string().optional(),
})

type Inputs = z.output<typeof inputs>

const state = z.object({ gateway: z.string(), id: z.string(), token: z.string() })

/** The id of a token that is the user's, and theirs to end. */
const GIVEN = 'given'

/** The token of the role `wiring` that a stack uses: given, or got by first contact and dead when the stack is gone. */
export const gatewayToken: Handler = {
  check: (given) => failuresOf(inputs, given),
  diff: (olds, news) => {
    const replaces = ['gateway', 'name'].filter((key) => olds[key] !== news[key])
    const isOther = news['given'] !== undefined && news['given'] !== olds['token']
    return { changes: replaces.length > 0 || isOther, replaces }
  },
  create: async (given) => {
    const { id, token } = await obtain(inputs.parse(given))
    return { id, outs: told(id, token) }
  },
  read: async (props) => {
    const { gateway, id, token } = state.parse(props)
    return (await isAlive({ url: gateway, token })) ? told(id, token) : undefined
  },
  update: async (olds, news) => {
    await end(olds)
    const { id, token } = await obtain(inputs.parse(news))
    return told(id, token)
  },
  delete: (props) => end(props),
}

const told = (id: string, token: string) => ({ id, token: asSecret(token) })

async function obtain({ gateway, name, given, bootstrap }: Inputs) {
  if (given !== undefined) return { id: GIVEN, token: given }
  if (bootstrap === undefined) throw new Error(LOST)
  return acquireToken(gateway, { bootstrap, name })
}

async function end(props: Properties): Promise<void> {
  const { gateway, id, token } = state.parse(props)
  if (id !== GIVEN) await revokeToken({ url: gateway, token }, id)
}

const LOST =
  'This stack has no token of its gateway. Make one of the role "wiring" there and set CB_BRIDGE_TOKEN, ' +
  'or set CB_BRIDGE_BOOTSTRAP where nobody has used that gateway yet.'
