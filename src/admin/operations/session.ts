import * as z from 'zod'
import { verifyPassword } from '../../lib/password-hash.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import { bootstrap } from '../accounts/bootstrap.ts'
import { admit } from '../accounts/logins.ts'
import type { Stored, User } from '../accounts/records.ts'
import { endSession, type Session, startSession } from '../accounts/sessions.ts'
import { changeUser, findUser } from '../accounts/users.ts'
import { bearerOf } from '../authenticate.ts'
import { type Call, operation, type Operation } from '../operation.ts'
import { RECORDED, type Refusal } from '../refusal.ts'
import { MAY, ROLES } from '../roles.ts'
import { newPassword } from './new-password.ts'
import { showUser, SMALL_BYTES, time, toTime, userName, userView } from './views.ts'

const sessionView = z.object({
  token: z.string().describe('Send it as `Authorization: Bearer`.'),
  expires: time(),
})

const showSession = ({ token, expiresAt }: Session) => ({ token, expires: toTime(expiresAt) })

/** Getting in and out. */
export const sessionOperations: readonly Operation[] = [
  operation({
    id: 'bootstrap',
    method: 'POST',
    path: '/bootstrap',
    summary: 'Makes the first admin; the bootstrap token is dead afterwards.',
    access: 'bootstrap',
    body: {
      types: ['application/json'],
      schema: z.object({ user: userName(), password: newPassword() }),
      limitBytes: SMALL_BYTES,
    },
    answers: { 201: { description: 'The admin.', schema: userView } },
    refuses: [401, 429],
    handle: makeFirstAdmin,
  }),
  operation({
    id: 'startSession',
    method: 'POST',
    path: '/session',
    summary: 'Signs in.',
    access: 'public',
    body: {
      types: ['application/json'],
      schema: z.object({ user: z.string().max(256), password: z.string().max(1024) }),
      limitBytes: SMALL_BYTES,
    },
    answers: { 200: { description: 'A session of an hour.', schema: sessionView } },
    refuses: [401, 429],
    handle: signIn,
  }),
  operation({
    id: 'showSession',
    method: 'GET',
    path: '/session',
    summary: 'Who am I?',
    access: MAY.signIn,
    answers: {
      200: {
        description: 'The owner of the session or token.',
        schema: z.object({
          user: z.string(),
          role: z.enum(ROLES),
          credential: z.enum(['session', 'token']),
          expires: time().nullable(),
        }),
      },
    },
    handle: async ({ identity: { user, role, credential, expiresAt } }) =>
      ok({
        status: 200,
        body: {
          user,
          role,
          credential: credential.kind,
          expires: expiresAt === undefined ? null : toTime(expiresAt),
        },
      }),
  }),
  operation({
    id: 'endSession',
    method: 'DELETE',
    path: '/session',
    summary: 'Signs out: the session is dead. API tokens are deleted by their id.',
    access: MAY.signIn,
    answers: { 204: { description: 'Signed out.' } },
    refuses: [409],
    handle: signOut,
  }),
  operation({
    id: 'changePassword',
    method: 'PUT',
    path: '/session/password',
    summary: "Changes one's own password; all sessions and tokens of the user are dead afterwards.",
    access: MAY.signIn,
    body: {
      types: ['application/json'],
      schema: z.object({ current: z.string().max(1024), password: newPassword() }),
      limitBytes: SMALL_BYTES,
    },
    answers: { 200: { description: 'A new session.', schema: sessionView } },
    refuses: [409, 429],
    handle: changePassword,
  }),
]

async function makeFirstAdmin({
  host,
  exchange,
  body,
  noteAs,
}: Call<unknown, { user: string; password: string }>) {
  const attempt = { user: '(bootstrap)', address: exchange.client }
  const admitted = await admit(host.accounts, attempt)
  if (!admitted.ok) return err(tooMany(admitted.error))
  const given = bearerOf(new Headers([...exchange.sent]))
  const made = await bootstrap(
    host.accounts,
    { given: given ?? '', secret: host.bootstrapSecret },
    { name: body.user, password: body.password },
    noteAs(body.user),
  )
  if (!made.ok) return err(DEAD_BOOTSTRAP)
  await admitted.value.succeed()
  return ok({ status: 201, body: showUser(made.value, 1), audit: RECORDED })
}

/** The same for a wrong token and for one that has been used. */
const DEAD_BOOTSTRAP: Refusal = {
  kind: 'unauthorized',
  detail: 'This needs "Authorization: Bearer" with the bootstrap token, which works once.',
  error: 'invalid_token',
}

async function signIn({ host, exchange, body }: Call<unknown, { user: string; password: string }>) {
  const proved = await prove(host, { ...body, address: exchange.client })
  if (!proved.ok) return proved
  const session = await startSession(host.accounts, proved.value.value)
  return ok({ status: 200, body: showSession(session), audit: { who: proved.value.value.name } })
}

interface Proof {
  readonly user: string
  readonly password: string
  readonly address: string
}

/** Whose password it is. Unknown users cost as much time as known ones. */
async function prove(
  { accounts }: Call['host'],
  { user, password, address }: Proof,
): Promise<Result<Stored<User>, Refusal>> {
  const admitted = await admit(accounts, { user, address })
  if (!admitted.ok) return err(tooMany(admitted.error))
  const found = await findUser(accounts, user)
  const isRight = await verifyPassword(password, found?.value.password ?? NO_HASH, accounts.scrypt)
  if (found === undefined || !isRight) {
    // A name that nobody has may be a password in the wrong field.
    const who = found?.value.name ?? 'nobody'
    return err({ kind: 'unauthorized', detail: 'User or password is wrong.', audit: { who } })
  }
  await admitted.value.succeed()
  return ok(found)
}

/** Belongs to no password. */
const NO_HASH = `$scrypt$ln=14,r=8,p=5$${'A'.repeat(22)}$${'A'.repeat(43)}`

const tooMany = (
  refused: { readonly kind: 'locked'; readonly waitMs: number } | { readonly kind: 'busy' },
): Refusal =>
  refused.kind === 'busy'
    ? { kind: 'busy' }
    : {
        kind: 'too-many-requests',
        detail: 'Too many failed logins. API tokens and open sessions go on working.',
        retryAfterS: Math.ceil(refused.waitMs / 1000),
      }

async function signOut({ host, identity: { credential }, note }: Call) {
  if (credential.kind === 'token') {
    return err({
      kind: 'conflict',
      detail: `This is an API token, not a session; it is ended by DELETE tokens/${credential.id}.`,
    } as const)
  }
  await endSession(host.accounts, credential.id, note)
  return ok({ status: 204, audit: RECORDED })
}

async function changePassword({
  host,
  exchange,
  identity,
  body,
  note,
}: Call<unknown, { current: string; password: string }>) {
  const proof = { user: identity.user, password: body.current, address: exchange.client }
  const proved = await prove(host, proof)
  if (!proved.ok) {
    return proved.error.kind === 'unauthorized' ? err(WRONG_CURRENT) : proved
  }
  if (proved.value.revision === 0) return err(IN_FILE)
  const change = { password: body.password }
  const changed = await changeUser(host.accounts, proved.value, change, note)
  if (!changed.ok) return err(RACED)
  const session = await startSession(host.accounts, changed.value.value)
  return ok({ status: 200, body: showSession(session), audit: RECORDED })
}

const WRONG_CURRENT: Refusal = { kind: 'forbidden', detail: 'The current password is wrong.' }
const RACED: Refusal = { kind: 'conflict', detail: 'The user was changed meanwhile; try again.' }

/** What is said about users of the system file. */
export const IN_FILE: Refusal = {
  kind: 'conflict',
  detail: 'This user stands in the system file and is changed there (cb-bridge password).',
}
