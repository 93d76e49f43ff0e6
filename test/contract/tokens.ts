import { importSecret, makeToken } from '../../src/policies/auth-hmac/token.ts'
import { SECRETS } from './stage.ts'

/** A token that the fixture's `mw-auth` lets in, unless `content` says otherwise. */
export async function hmacToken(
  content: Partial<Parameters<typeof makeToken>[1]> = {},
  secret: string = SECRETS.ACCESS_KEY,
): Promise<string> {
  const key = await importSecret(secret)
  if (key === undefined) throw new Error('an empty key makes no token')
  return makeToken(key, { accessId: 'alice', duration: '5m', madeAtMs: Date.now(), ...content })
}
