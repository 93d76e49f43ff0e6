import { err, ok, type Result } from '../lib/result.ts'
import type { Identity } from './accounts/identity.ts'
import { identifySession } from './accounts/sessions.ts'
import { identifyToken, isApiToken } from './accounts/tokens.ts'
import type { AccountHost } from './accounts/users.ts'
import type { Refusal } from './refusal.ts'

/** The bearer token of a request (RFC 6750), or undefined. A longer one than any of ours is nobody's. */
export function bearerOf(headers: Headers): string | undefined {
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? []
  return token !== undefined && token.length <= LONGEST ? token : undefined
}

const LONGEST = 4096

/** Who sent a request: the owner of its session or API token, or 401. */
export async function authenticate(
  host: AccountHost,
  headers: Headers,
): Promise<Result<Identity, Refusal>> {
  if (!headers.has('authorization')) return err(MISSING)
  const token = bearerOf(headers)
  if (token === undefined) return err(BAD)
  const identity = await (isApiToken(token)
    ? identifyToken(host, token)
    : identifySession(host, token))
  return identity === undefined ? err(BAD) : ok(identity)
}

const MISSING: Refusal = {
  kind: 'unauthorized',
  detail: 'Send "Authorization: Bearer" with a session (POST session) or an API token.',
}

/** One sentence for all reasons: which of them it is tells an attacker something and the owner little. */
const BAD: Refusal = {
  kind: 'unauthorized',
  detail: 'The bearer token is unknown, has expired or was withdrawn.',
  error: 'invalid_token',
}
