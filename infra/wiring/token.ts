import { createHmac } from 'node:crypto'
import type { AdminClient } from '../../src/client/client.ts'
import {
  type Access,
  demand,
  GatewayError,
  orNothing,
  patientClient,
  type Patience,
} from './gateway.ts'

/** The account that a stack's first contact makes at a gateway that nobody has used yet. */
const ADMIN = 'cb-bridge'

/** A token and the name by which it is ended. */
interface Token {
  readonly id: string
  readonly token: string
}

/**
 * First contact: a token of the role `wiring` for a stack, by the gateway's one-time bootstrap token. It can be repeated
 * after a crash between any two of its calls: tokens of the same name, which nobody knows any more, are ended.
 */
export async function acquireToken(
  url: string,
  { bootstrap, name }: { readonly bootstrap: string; readonly name: string },
  patience: Patience = {},
): Promise<Token> {
  const client = await signInAsAdmin(url, bootstrap, patience)
  await endTokens(client, url, name)
  const asked = client.createToken({ name, role: 'wiring', expires: null })
  const { id, token } = (await demand(url, `making the token "${name}"`, asked)).body
  return { id, token }
}

/** Signs in with the first account, which is made where nobody has; its password follows from the bootstrap token. */
export async function signInAsAdmin(
  url: string,
  bootstrap: string,
  patience: Patience = {},
): Promise<AdminClient> {
  const password = adminPassword(bootstrap)
  const made = await begin(patientClient({ url, token: bootstrap }, patience), url, password)
  const signedIn = await patientClient({ url }, patience).signIn(ADMIN, password)
  if (!signedIn.ok) throw refused(url, made)
  return patientClient({ url, token: signedIn.value.body.token }, patience)
}

/** The password of the first account: whoever has the bootstrap token can find it again. */
const adminPassword = (bootstrap: string): string =>
  createHmac('sha256', bootstrap).update('cb-bridge admin').digest('base64url')

/** The status: a used bootstrap token may be our own of an earlier attempt, so a refusal is no end yet. */
async function begin(client: AdminClient, url: string, password: string): Promise<number> {
  const asked = client.bootstrap(ADMIN, password).then((answer) => ({
    ok: true as const,
    value: answer.ok ? 201 : answer.error.status,
  }))
  return demand(url, 'the bootstrap token', asked)
}

async function endTokens(client: AdminClient, url: string, name: string): Promise<void> {
  const { items } = (await demand(url, 'listing tokens', client.listTokens())).body
  for (const token of items.filter((token) => token.name === name)) {
    await demand(url, 'ending a token', client.removeToken(token.id))
  }
}

/** Ends a token by itself; one that is dead already is as good. */
export async function revokeToken(access: Access, id: string): Promise<void> {
  const asked = orNothing(patientClient(access).removeToken(id), [401, 404])
  await demand(access.url, 'ending a token', asked)
}

/** Whether a token still opens its gateway. */
export async function isAlive(access: Access): Promise<boolean> {
  const asked = orNothing(patientClient(access).whoAmI(), [401])
  return (await demand(access.url, 'a token', asked)) !== undefined
}

const refused = (url: string, status: number) =>
  new GatewayError(
    'refused',
    `The gateway at ${url} does not take the bootstrap token (${status}): it is used up or another one. ` +
      'Make a token of the role "wiring" there and set CB_BRIDGE_TOKEN.',
  )
