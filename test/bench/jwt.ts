import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })

/** The key that the gateway and the bare Worker know, as JWK. */
export const PUBLIC_KEY = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256' }

const TOKEN = await new SignJWT({ sub: 'bench' })
  .setIssuer('https://bench.test')
  .setAudience('bench')
  .setExpirationTime('24h')
  .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
  .sign(privateKey)

/** A token that both let in, for a day. */
export const BEARER = { authorization: `Bearer ${TOKEN}` }
