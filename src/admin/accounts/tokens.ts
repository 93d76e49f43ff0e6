import { randomSecret } from '../../lib/base64url.ts'
import { toHex } from '../../lib/hex.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import { mayGrant, type Role } from '../roles.ts'
import { digest, isSameSecret } from './digest.ts'
import type { Identity } from './identity.ts'
import { decode, KEYS, type Stored, type Token, tokenRecord, type User } from './records.ts'
import { type AccountHost, findUser, type Note, tokensOf } from './users.ts'

/** `cbb_<id>_<secret>`: recognizable by scanners for leaked secrets; the id finds it, the secret proves it. */
const FORM = /^cbb_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/

/** Fewer than one commit can remove. */
export const MOST_TOKENS = 100

/** A token to be. */
export interface NewToken {
  readonly name: string
  readonly role: Role
  readonly user: Stored<User>
  /** Milliseconds since the epoch; absent: without an end. */
  readonly expiresAt?: number
}

/** Makes a token; `text` is shown this once and stored nowhere. */
export async function createToken(
  host: AccountHost,
  { name, role, user, expiresAt }: NewToken,
  note: Note,
): Promise<Result<{ readonly token: Token; readonly text: string }, 'too-many' | 'raced'>> {
  if ((await tokensOf(host, user.value.name)).length >= MOST_TOKENS) return err('too-many')
  const id = toHex(crypto.getRandomValues(new Uint8Array(8)))
  const text = `cbb_${id}_${randomSecret()}`
  const token: Token = {
    id,
    name,
    role,
    user: user.value.name,
    generation: user.value.generation,
    hash: await digest(text),
    createdAt: host.now(),
    ...(expiresAt !== undefined && { expiresAt }),
  }
  const key = KEYS.token(id)
  const done = await host.store.commit({
    // Not for a user who is being removed, or whose role or password is being changed.
    expect: { [key]: 0, [KEYS.user(token.user)]: user.revision },
    put: { [key]: JSON.stringify(token), ...note(showInAudit(token)) },
  })
  return done.kind === 'done' ? ok({ token, text }) : err('raced')
}

/** How the audit names a token. */
const showInAudit = ({ id, name, user, role }: Token): string => `${id} (${name}: ${role}, ${user})`

export async function removeToken({ store }: AccountHost, token: Token, note: Note): Promise<void> {
  await store.commit({
    expect: {},
    put: note(showInAudit(token)),
    remove: [KEYS.token(token.id)],
  })
}

/** Whether a bearer token has the form of an API token. */
export const isApiToken = (text: string): boolean => FORM.test(text)

/** Whose token that is, or undefined: unknown, expired, or its owner removed, demoted or given another password. */
export async function identifyToken(
  host: AccountHost,
  text: string,
): Promise<Identity | undefined> {
  const [, id = ''] = FORM.exec(text) ?? []
  const token = decode(tokenRecord, (await host.store.get([KEYS.token(id)]))[0])?.value
  if (token === undefined || !(await isSameSecret(await digest(text), token.hash))) return undefined
  if (token.expiresAt !== undefined && token.expiresAt <= host.now()) return undefined
  const owner = (await findUser(host, token.user))?.value
  if (owner === undefined || owner.generation !== token.generation) return undefined
  if (!mayGrant(owner.role, token.role)) return undefined
  return {
    user: owner.name,
    role: token.role,
    credential: { kind: 'token', id },
    shown: `${owner.name} (token ${token.name})`,
    ...(token.expiresAt !== undefined && { expiresAt: token.expiresAt }),
  }
}
