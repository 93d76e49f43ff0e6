import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { NOON } from '../../http/installation.fixture.ts'

/** Someone who signs tokens. */
export interface TestIssuer {
  /** Its public key, as it would publish it. */
  readonly jwk: Readonly<Record<string, string>>
  readonly sign: (claims?: Anything, header?: Anything) => Promise<string>
}

type Anything = Readonly<Record<string, unknown>>

export const ISSUER = 'https://issuer.test'

/** An issuer with a fresh key; its tokens are good for a minute from noon on, unless claims say otherwise. */
export async function createTestIssuer(alg = 'ES256', kid = 'k1'): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const { kty = '', ...members } = await exportJWK(publicKey)
  return {
    jwk: { kty, ...(members as Record<string, string>), kid, alg },
    sign: (claims = {}, header = {}) =>
      new SignJWT({ iss: ISSUER, sub: 'alice', aud: 'api', exp: NOON / 1000 + 60, ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
  }
}

/** A part of a token that says whatever is wanted. */
export const encodePart = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
