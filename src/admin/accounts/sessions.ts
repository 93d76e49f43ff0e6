import { jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'
import { fromBase64Url, randomSecret } from '../../lib/base64url.ts'
import { digest } from './digest.ts'
import type { Identity } from './identity.ts'
import { KEYS, type User } from './records.ts'
import { type AccountHost, findUser, type Note } from './users.ts'

/** How long a session lasts. */
const SESSION_MS = 3_600_000

const ALGORITHM = 'HS256'
/** Keeps sessions apart from whatever else might be signed one day (RFC 8725 section 3.11). */
const TYPE = 'cb-bridge-session+jwt'

const claims = z.object({
  sub: z.string(),
  jti: z.string(),
  gen: z.string(),
  exp: z.number(),
})

/** A new session and when it ends, milliseconds since the epoch. */
export interface Session {
  readonly token: string
  readonly expiresAt: number
}

/** Makes a session (a JWT, RFC 7519) for a user who has just proved to be that user. */
export async function startSession(host: AccountHost, user: User): Promise<Session> {
  const now = host.now()
  const expires = Math.floor((now + SESSION_MS) / 1000)
  const token = await new SignJWT({ gen: await digest(user.generation) })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setSubject(user.name)
    .setJti(crypto.randomUUID())
    .setIssuedAt(Math.floor(now / 1000))
    .setExpirationTime(expires)
    .sign(await sessionKey(host))
  return { token, expiresAt: expires * 1000 }
}

/** Whose session that is, or undefined: forged, expired, ended, or its user removed or given another password. */
export async function identifySession(
  host: AccountHost,
  token: string,
): Promise<Identity | undefined> {
  const claimed = await verify(host, token)
  if (claimed === undefined) return undefined
  const { sub, jti, gen, exp } = claimed
  const [found, [ended]] = await Promise.all([
    findUser(host, sub),
    host.store.get([KEYS.endedSession(jti)]),
  ])
  const user = found?.value
  if (user === undefined || ended !== undefined || gen !== (await digest(user.generation))) {
    return undefined
  }
  return {
    user: user.name,
    role: user.role,
    credential: { kind: 'session', id: jti },
    expiresAt: exp * 1000,
    shown: user.name,
  }
}

/** Ends a session before its time; forgets those whose time has come. */
export async function endSession(host: AccountHost, id: string, note: Note): Promise<void> {
  const { store, now } = host
  const ended = await store.list({ prefix: KEYS.ended, limit: 100 })
  const over = ended.filter(({ value }) => Number(value) < now()).map(({ key }) => key)
  const key = KEYS.endedSession(id)
  await store.commit({
    expect: {},
    put: { [key]: String(now() + SESSION_MS), ...note('') },
    remove: over.filter((other) => other !== key),
  })
}

async function verify(host: AccountHost, token: string) {
  try {
    const { payload } = await jwtVerify(token, await sessionKey(host), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      currentDate: new Date(host.now()),
    })
    return claims.safeParse(payload).data
  } catch (error) {
    // jose says by exceptions that a token is not good; a store that fails is something else.
    if (isJoseError(error)) return undefined
    throw error
  }
}

const isJoseError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_J')

/** The key that all isolates share: made by whoever needs it first. */
async function sessionKey({ store }: AccountHost): Promise<Uint8Array> {
  const known = (await store.get([KEYS.sessionKey]))[0]
  if (known !== undefined) return toKey(known.value)
  const made = randomSecret()
  const done = await store.commit({
    expect: { [KEYS.sessionKey]: 0 },
    put: { [KEYS.sessionKey]: made },
  })
  if (done.kind === 'done') return toKey(made)
  const theirs = (await store.get([KEYS.sessionKey]))[0]
  if (theirs === undefined) throw new Error('the session key comes and goes')
  return toKey(theirs.value)
}

function toKey(text: string): Uint8Array {
  const key = fromBase64Url(text)
  if (key?.length !== 32) throw new Error('the session key in the store is damaged')
  return key
}
