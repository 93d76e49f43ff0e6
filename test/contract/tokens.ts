import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { importSecret, makeToken } from '../../src/policies/auth-hmac/token.ts'
import { freshKey } from '../support/script.ts'

/** What the fixture's `mw-auth` and `mw-jwt` are configured with: fresh for each test file. */
export const SHARED_SECRET = 'MARKER-shared-secret-of-more-than-32-bytes'
export const ACCESS_KEY = 'MARKER-access-key'
/** Script of the upstream that answers with the keys of `https://published.test`. */
export const JWKS_KEY = freshKey()

type Content = Readonly<Record<string, unknown>>

/** Someone who signs JWTs with ES256. */
export interface Signer {
  readonly jwk: Content
  readonly sign: (claims?: Content, header?: Content) => Promise<string>
}

/** A signer with a fresh key; its tokens are good for a minute, unless claims say otherwise. */
export async function createSigner(iss: string, kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' },
    sign: (claims = {}, header = {}) =>
      new SignJWT({ iss, sub: 'alice', aud: 'api', exp: inSeconds(60), ...claims })
        .setProtectedHeader({ alg: 'ES256', kid, ...header })
        .sign(privateKey),
  }
}

/** Seconds since the epoch, as tokens count time. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

export const fixedSigner = await createSigner('https://static.test', 's1')
export const publishedSigner = await createSigner('https://published.test', 'p1')

/** A token of `https://shared.test`. */
export const signShared = (claims: Content = {}): Promise<string> =>
  new SignJWT({ iss: 'https://shared.test', aud: 'api', exp: inSeconds(60), ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SHARED_SECRET))

/** A token that the fixture's `mw-auth` lets in, unless `content` says otherwise. */
export async function hmacToken(
  content: Partial<Parameters<typeof makeToken>[1]> = {},
  secret = ACCESS_KEY,
): Promise<string> {
  const key = await importSecret(secret)
  if (key === undefined) throw new Error('an empty key makes no token')
  return makeToken(key, { accessId: 'alice', duration: '5m', madeAtMs: Date.now(), ...content })
}
