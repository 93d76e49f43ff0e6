import * as z from 'zod'
import { err, ok, type Result } from '../../lib/result.ts'
import type { Stored, User } from '../accounts/records.ts'
import {
  changeUser,
  createUser,
  findUser,
  listUsers,
  removeUser,
  type UserFailure,
} from '../accounts/users.ts'
import { type Call, operation, type Operation } from '../operation.ts'
import { RECORDED, type Refusal } from '../refusal.ts'
import { matches } from '../precondition.ts'
import { MAY, ROLES } from '../roles.ts'
import { newPassword } from './new-password.ts'
import { IN_FILE } from './session.ts'
import { showUser, SMALL_BYTES, userName, userView } from './views.ts'

/** Users. Preconditions are possible and not needed: to take somebody's rights must not lose a race. */
export const userOperations: readonly Operation[] = [
  operation({
    id: 'listUsers',
    method: 'GET',
    path: '/users',
    summary: 'Lists users.',
    access: MAY.administer,
    answers: {
      200: { description: 'All users.', schema: z.object({ items: z.array(userView) }) },
    },
    handle: async ({ host }) => {
      const users = await listUsers(host.accounts)
      return ok({
        status: 200,
        body: { items: users.map(({ value, revision }) => showUser(value, revision)) },
      })
    },
  }),
  operation({
    id: 'createUser',
    method: 'POST',
    path: '/users',
    summary: 'Makes a user.',
    access: MAY.administer,
    body: {
      types: ['application/json'],
      schema: z.object({ name: userName(), password: newPassword(), role: z.enum(ROLES) }),
      limitBytes: SMALL_BYTES,
    },
    answers: { 201: { description: 'The user.', schema: userView, hasRevision: true } },
    refuses: [409],
    handle: async ({ host, body, note }) => {
      const created = await createUser(host.accounts, body, note)
      if (!created.ok) return err({ ...explain(created.error), audit: { target: body.name } })
      return ok({ ...reply(created.value, 201), audit: RECORDED })
    },
  }),
  operation({
    id: 'getUser',
    method: 'GET',
    path: '/users/{name}',
    summary: 'Shows a user.',
    access: MAY.administer,
    answers: { 200: { description: 'The user.', schema: userView, hasRevision: true } },
    refuses: [404],
    handle: async ({ host, params }) => {
      const found = await findUser(host.accounts, params['name'] ?? '')
      return found === undefined ? err(MISSING) : ok(reply(found, 200))
    },
  }),
  operation({
    id: 'changeUser',
    method: 'PATCH',
    path: '/users/{name}',
    summary: 'Gives a user another role or password; a password ends all sessions and tokens.',
    access: MAY.administer,
    body: {
      types: ['application/json'],
      schema: z
        .object({ role: z.enum(ROLES).exactOptional(), password: newPassword().exactOptional() })
        .refine((change) => Object.keys(change).length > 0, 'Send a role, a password, or both.'),
      limitBytes: SMALL_BYTES,
    },
    answers: { 200: { description: 'The user.', schema: userView, hasRevision: true } },
    refuses: [404, 409, 412],
    handle: async (call) => {
      const found = await findChangeable(call)
      if (!found.ok) return found
      const changed = await changeUser(call.host.accounts, found.value, call.body, call.note)
      return changed.ok
        ? ok({ ...reply(changed.value, 200), audit: RECORDED })
        : err(explain(changed.error))
    },
  }),
  operation({
    id: 'removeUser',
    method: 'DELETE',
    path: '/users/{name}',
    summary: 'Removes a user; all sessions and tokens of the user are dead at once.',
    access: MAY.administer,
    answers: { 204: { description: 'Removed.' } },
    refuses: [404, 409, 412],
    handle: async (call) => {
      const found = await findChangeable(call)
      if (!found.ok) return found
      const removed = await removeUser(call.host.accounts, found.value, call.note)
      return removed.ok ? ok({ status: 204, audit: RECORDED }) : err(explain(removed.error))
    },
  }),
]

const reply = ({ value, revision }: Stored<User>, status: number) => ({
  status,
  body: showUser(value, revision),
  revision,
})

async function findChangeable({
  host,
  params,
  precondition,
}: Call): Promise<Result<Stored<User>, Refusal>> {
  const found = await findUser(host.accounts, params['name'] ?? '')
  if (found === undefined) return err(MISSING)
  if (found.revision === 0) return err(IN_FILE)
  return matches(precondition, found.revision)
    ? ok(found)
    : err({ kind: 'stale', detail: 'The user has been changed since you read it.' })
}

const MISSING: Refusal = { kind: 'not-found', detail: 'There is no such user.' }

const FAILURES: Readonly<Record<UserFailure, string>> = {
  exists: 'There is a user of that name.',
  missing: 'There is no such user.',
  'last-admin': 'This is the last admin; make another one first.',
  raced: 'Users were changed meanwhile; try again.',
}

const explain = (failure: UserFailure): Refusal => ({ kind: 'conflict', detail: FAILURES[failure] })
