import { createLocalJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { SIGNATURE_ALGORITHMS } from '../../http/public-keys.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { IssuerKeys, KeySet } from '../../ports/issuer-keys.ts'
import { type IssuerOptions, type JwtOptions, parseKeys } from './options.ts'

/** Why a token does not count. */
export type TokenFault =
  | { readonly kind: 'invalid' | 'expired' | 'premature' | 'audience' | 'unknown-key' }
  /** The issuer's keys are not to be had, so nobody can say. */
  | { readonly kind: 'unavailable'; readonly reason: string }

/** Judges a token of one issuer by its keys alone; never rejects. */
export type VerifyToken = (token: string, nowMs: number) => Promise<Result<JWTPayload, TokenFault>>

/** How the tokens of an issuer are judged. */
export function createIssuer(
  issuer: IssuerOptions,
  common: Pick<JwtOptions, 'allow_no_expiry'> & { readonly leewayMs: number },
  issuerKeys: IssuerKeys,
): VerifyToken {
  const verify = createVerify(issuer, common)
  if (typeof issuer.secret === 'string') return verifyShared(issuer.secret, issuer, verify)
  if (typeof issuer.jwks_url === 'string') {
    return verifyPublished(issuer.jwks_url, verify, issuerKeys)
  }
  const getKey = keysOf({ keys: parseKeys(issuer.keys ?? []) ?? [] })
  return (token, nowMs) => verify(token, getKey, nowMs)
}

type Verify = (
  token: string,
  getKey: JWTVerifyGetKey,
  nowMs: number,
) => Promise<Result<JWTPayload, TokenFault>>

function createVerify(
  { issuer, audience, algorithms, secret }: IssuerOptions,
  { leewayMs, allow_no_expiry }: Parameters<typeof createIssuer>[1],
): Verify {
  const usual = typeof secret === 'string' ? ['HS256'] : [...SIGNATURE_ALGORITHMS]
  const options = {
    issuer,
    algorithms: algorithms.length === 0 ? usual : [...algorithms],
    clockTolerance: leewayMs / 1000,
    requiredClaims: allow_no_expiry ? [] : ['exp'],
    ...(audience.length > 0 && { audience: [...audience] }),
  }
  return async (token, getKey, nowMs) => {
    const now = { ...options, currentDate: new Date(nowMs) }
    try {
      return ok((await jwtVerify(token, getKey, now)).payload)
    } catch (cause) {
      if (!(cause instanceof errors.JWKSMultipleMatchingKeys)) return err({ kind: kindOf(cause) })
      return tryEach(cause, (getKey) => jwtVerify(token, getKey, now))
    }
  }
}

/** Keys that a token without a key id may be signed with; more than these are not tried for anybody. */
const MOST_TRIED = 4

async function tryEach(
  keys: errors.JWKSMultipleMatchingKeys,
  attempt: (getKey: JWTVerifyGetKey) => Promise<{ readonly payload: JWTPayload }>,
): Promise<Result<JWTPayload, TokenFault>> {
  let tried = 0
  for await (const key of keys) {
    if (++tried > MOST_TRIED) break
    try {
      return ok((await attempt(() => key)).payload)
    } catch (cause) {
      if (!(cause instanceof errors.JWSSignatureVerificationFailed)) {
        return err({ kind: kindOf(cause) })
      }
    }
  }
  return err({ kind: 'invalid' })
}

/** Whatever else goes wrong (a key that is none, a header that is none) is a token that does not count. */
function kindOf(cause: unknown): 'invalid' | 'expired' | 'premature' | 'audience' | 'unknown-key' {
  if (cause instanceof errors.JWTExpired) return 'expired'
  if (cause instanceof errors.JWKSNoMatchingKey) return 'unknown-key'
  if (!(cause instanceof errors.JWTClaimValidationFailed)) return 'invalid'
  if (cause.claim === 'nbf') return 'premature'
  return cause.claim === 'aud' ? 'audience' : 'invalid'
}

/** jose imports each key once and keeps it; importing ends within the turn in which it begins. */
const keysOf = ({ keys }: KeySet): JWTVerifyGetKey =>
  createLocalJWKSet({ keys: keys.map(({ kty = '', ...rest }) => ({ kty, ...rest })) })

function verifyPublished(url: string, verify: Verify, issuerKeys: IssuerKeys): VerifyToken {
  let known: { readonly set: KeySet; readonly getKey: JWTVerifyGetKey } | undefined
  const getKeyOf = (set: KeySet) => {
    if (known?.set !== set) known = { set, getKey: keysOf(set) }
    return known.getKey
  }
  return async (token, nowMs) => {
    const first = await issuerKeys.find(url)
    if (first.kind === 'unavailable') return err(first)
    const verified = await verify(token, getKeyOf(first.set), nowMs)
    if (verified.ok || verified.error.kind !== 'unknown-key') return verified
    const newer = await issuerKeys.find(url, first.set)
    return newer.kind === 'found' && newer.set !== first.set
      ? verify(token, getKeyOf(newer.set), nowMs)
      : verified
  }
}

function verifyShared(secret: string, { algorithms }: IssuerOptions, verify: Verify): VerifyToken {
  const hash = `SHA-${(algorithms[0] ?? 'HS256').slice(2)}`
  let key: Awaited<ReturnType<typeof crypto.subtle.importKey>> | undefined
  return async (token, nowMs) => {
    const algorithm = { name: 'HMAC', hash }
    const bytes = new TextEncoder().encode(secret)
    key ??= await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify'])
    const found = key
    return verify(token, () => found, nowMs)
  }
}
