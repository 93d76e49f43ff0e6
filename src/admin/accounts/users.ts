import { hashPassword, type Scrypt } from '../../lib/password-hash.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { Store } from '../../ports.ts'
import type { Role } from '../roles.ts'
import {
  decode,
  KEYS,
  listRecords,
  type Stored,
  type Token,
  tokenRecord,
  type User,
  userRecord,
} from './records.ts'

/** What accounts need of the world. */
export interface AccountHost {
  readonly store: Store
  readonly scrypt: Scrypt
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Users of the live system file and their hashes: admins, as in cb-restapigw. The store's users win. */
  readonly configured: () => Readonly<Record<string, string>>
}

/** Puts what is done to a target into the audit, in the same commit. */
export type Note = (target: string) => Readonly<Record<string, string>>

/** Why a user was not changed. `raced`: somebody changed it meanwhile. */
export type UserFailure = 'exists' | 'missing' | 'last-admin' | 'raced'

/** A user to be. */
export interface NewUser {
  readonly name: string
  readonly password: string
  readonly role: Role
}

/** A user by name; one of the system file has the revision 0, as it is not in the store. */
export async function findUser(host: AccountHost, name: string): Promise<Stored<User> | undefined> {
  const [entry] = await host.store.get([KEYS.user(name)])
  return decode(userRecord, entry) ?? configuredUser(host, name)
}

function configuredUser({ configured }: AccountHost, name: string): Stored<User> | undefined {
  const users = configured()
  const password = Object.hasOwn(users, name) ? users[name] : undefined
  if (password === undefined) return undefined
  // A hash has a random salt: another password is another generation.
  const generation = `file ${password}`
  return {
    value: { name, role: 'admin', password, generation, createdAt: 0, changedAt: 0 },
    revision: 0,
  }
}

/** The store's in the order of their names, then those of the system file. */
export async function listUsers(host: AccountHost): Promise<readonly Stored<User>[]> {
  const stored = await listRecords(host.store, KEYS.users, userRecord)
  const names = new Set(stored.map(({ value }) => value.name))
  const others = Object.keys(host.configured()).filter((name) => !names.has(name))
  return [...stored, ...others.flatMap((name) => configuredUser(host, name) ?? [])]
}

/** The record of a new user, not stored yet. */
export async function makeUser(
  { now, scrypt }: Pick<AccountHost, 'now' | 'scrypt'>,
  { name, password, role }: NewUser,
): Promise<User> {
  const hash = await hashPassword(password, scrypt)
  const at = now()
  const generation = crypto.randomUUID()
  return { name, role, password: hash, generation, createdAt: at, changedAt: at }
}

export async function createUser(
  host: AccountHost,
  given: NewUser,
  note: Note,
): Promise<Result<Stored<User>, UserFailure>> {
  const user = await makeUser(host, given)
  const key = KEYS.user(user.name)
  const done = await host.store.commit({
    expect: { [key]: 0 },
    put: { [key]: JSON.stringify(user), ...note(user.name) },
  })
  return done.kind === 'done' ? ok({ value: user, revision: done.revision }) : err('exists')
}

/** What can be changed about a user. A new password ends all sessions and tokens. */
export interface UserChange {
  readonly role?: Role
  readonly password?: string
}

export async function changeUser(
  host: AccountHost,
  known: Stored<User>,
  change: UserChange,
  note: Note,
): Promise<Result<Stored<User>, UserFailure>> {
  const { role = known.value.role, password } = change
  const guarded = await expectAnotherAdmin(host, known.value, role)
  if (!guarded.ok) return guarded
  const fresh = password === undefined ? {} : await renew(host, password)
  const user: User = { ...known.value, ...fresh, role, changedAt: host.now() }
  const key = KEYS.user(user.name)
  const dead = password === undefined ? [] : await tokenKeysOf(host, user.name)
  const done = await host.store.commit({
    expect: { ...guarded.value, [key]: known.revision },
    put: { [key]: JSON.stringify(user), ...note(user.name) },
    remove: dead,
  })
  return done.kind === 'done' ? ok({ value: user, revision: done.revision }) : err('raced')
}

/** Removes a user and the user's tokens; sessions die with the record that they name. */
export async function removeUser(
  host: AccountHost,
  known: Stored<User>,
  note: Note,
): Promise<Result<void, UserFailure>> {
  const guarded = await expectAnotherAdmin(host, known.value, undefined)
  if (!guarded.ok) return guarded
  const key = KEYS.user(known.value.name)
  const done = await host.store.commit({
    expect: { ...guarded.value, [key]: known.revision },
    put: note(known.value.name),
    remove: [key, ...(await tokenKeysOf(host, known.value.name))],
  })
  return done.kind === 'done' ? ok(undefined) : err('raced')
}

/** The tokens of one user; there are never more than a commit can remove. */
export async function tokensOf(
  { store }: Pick<AccountHost, 'store'>,
  user?: string,
): Promise<readonly Token[]> {
  const all = await listRecords(store, KEYS.tokens, tokenRecord)
  return all.map(({ value }) => value).filter((token) => user === undefined || token.user === user)
}

async function renew({ scrypt }: AccountHost, password: string) {
  return { password: await hashPassword(password, scrypt), generation: crypto.randomUUID() }
}

const tokenKeysOf = async (host: AccountHost, user: string): Promise<readonly string[]> =>
  (await tokensOf(host, user)).map(({ id }) => KEYS.token(id))

/**
 * There is always an admin: who takes away an admin's role names another admin, whose record must not have changed
 * when the change is applied. So two admins who remove each other at the same time do not both succeed.
 */
async function expectAnotherAdmin(
  host: AccountHost,
  user: User,
  next: Role | undefined,
): Promise<Result<Readonly<Record<string, number>>, UserFailure>> {
  if (user.role !== 'admin' || next === 'admin') return ok({})
  const others = (await listUsers(host)).filter(
    ({ value }) => value.role === 'admin' && value.name !== user.name,
  )
  const [witness] = others
  if (witness === undefined) return err('last-admin')
  // One of the system file is not in the store before and after.
  return ok({ [KEYS.user(witness.value.name)]: witness.revision })
}
