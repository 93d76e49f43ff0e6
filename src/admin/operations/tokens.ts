import * as z from 'zod'
import { err, ok } from '../../lib/result.ts'
import { createToken, MOST_TOKENS, removeToken } from '../accounts/tokens.ts'
import { findUser, tokensOf } from '../accounts/users.ts'
import { type Call, operation, type Operation } from '../operation.ts'
import { RECORDED, type Refusal } from '../refusal.ts'
import { MAY, mayGrant, type Role, ROLES } from '../roles.ts'
import { showToken, SMALL_BYTES, time, tokenView } from './views.ts'

const DAY_MS = 24 * 3_600_000
const DEFAULT_LIFE_MS = 90 * DAY_MS

const newToken = z.object({
  name: z
    .string()
    .regex(/^[^\p{Cc}\p{Cs}]{1,100}$/u, 'Use 1 to 100 characters.')
    .describe('What it is for.'),
  role: z.enum(ROLES),
  expires: time()
    .nullish()
    .describe('When it ends; 90 days from now when absent, never when `null`.'),
})

/** Personal API tokens: people see and end their own, admins all. */
export const tokenOperations: readonly Operation[] = [
  operation({
    id: 'listTokens',
    method: 'GET',
    path: '/tokens',
    summary: "Lists one's own API tokens; admins see all. No secret is shown.",
    access: MAY.signIn,
    answers: {
      200: { description: 'Tokens.', schema: z.object({ items: z.array(tokenView) }) },
    },
    handle: async ({ host, identity }) => {
      const own = identity.role === 'admin' ? undefined : identity.user
      const tokens = await tokensOf(host.accounts, own)
      return ok({ status: 200, body: { items: tokens.map(showToken) } })
    },
  }),
  operation({
    id: 'createToken',
    method: 'POST',
    path: '/tokens',
    summary: 'Makes an API token that may do no more, and live no longer, than who makes it.',
    access: MAY.read,
    body: { types: ['application/json'], schema: newToken, limitBytes: SMALL_BYTES },
    answers: {
      201: {
        description: 'The token; its secret is shown this once.',
        schema: tokenView.extend({ token: z.string() }),
      },
    },
    refuses: [409],
    handle: makeToken,
  }),
  operation({
    id: 'removeToken',
    method: 'DELETE',
    path: '/tokens/{id}',
    summary: "Ends one of one's own API tokens; admins may end any.",
    access: MAY.signIn,
    answers: { 204: { description: 'The token is dead.' } },
    refuses: [404],
    handle: async ({ host, identity, params, note }) => {
      const own = identity.role === 'admin' ? undefined : identity.user
      const tokens = await tokensOf(host.accounts, own)
      const token = tokens.find(({ id }) => id === params['id'])
      if (token === undefined) return err({ kind: 'not-found', detail: 'There is no such token.' })
      await removeToken(host.accounts, token, note)
      return ok({ status: 204, audit: RECORDED })
    },
  }),
]

async function makeToken({
  host,
  identity,
  note,
  body: { name, role, expires },
}: Call<unknown, { name: string; role: Role; expires?: string | null | undefined }>) {
  if (!mayGrant(identity.role, role)) {
    const detail = `The role ${identity.role} cannot make a token of the role ${role}.`
    return err({ kind: 'forbidden', detail } as const)
  }
  const now = host.accounts.now()
  const wanted = expires === undefined ? now + DEFAULT_LIFE_MS : expires
  const expiresAt = wanted === null ? undefined : new Date(wanted).getTime()
  if (expiresAt !== undefined && expiresAt <= now) return err(OVER)
  const user = await findUser(host.accounts, identity.user)
  if (user === undefined) return err(RACED)
  const life = withinParent(identity, expiresAt)
  const made = await createToken(host.accounts, { name, role, user, ...life }, note)
  if (!made.ok) return err(made.error === 'too-many' ? TOO_MANY : RACED)
  const { token, text } = made.value
  return ok({
    status: 201,
    body: { ...showToken(token), token: text },
    audit: RECORDED,
  })
}

/** A token made with a token ends with it at the latest; a session's hour does not count. */
function withinParent(
  { credential, expiresAt: parents }: Call['identity'],
  expiresAt: number | undefined,
): { readonly expiresAt?: number } {
  const ends = [expiresAt, credential.kind === 'token' ? parents : undefined]
  const known = ends.filter((end) => end !== undefined)
  return known.length === 0 ? {} : { expiresAt: Math.min(...known) }
}

const OVER: Refusal = {
  kind: 'bad-request',
  detail: 'The token would have expired already.',
  errors: [{ path: 'expires', message: 'It must be in the future.' }],
}
const TOO_MANY: Refusal = {
  kind: 'conflict',
  detail: `A user has at most ${MOST_TOKENS} tokens; end one first.`,
}
const RACED: Refusal = { kind: 'conflict', detail: 'The user was changed meanwhile; try again.' }
