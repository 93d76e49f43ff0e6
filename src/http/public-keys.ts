import type { PublicKey } from '../ports/issuer-keys.ts'

/** What verifies a signature that somebody else made; shared keys (HS256 ...) are something else. */
export const SIGNATURE_ALGORITHMS: readonly string[] =
  'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')

const MOST_KEYS = 100

/**
 * The keys of a JWK set (RFC 7517) that can verify signatures, each bound to one algorithm: its own `alg`, else the one
 * that its kind is for. Keys for encryption, of unknown kinds, secret or private ones are left out. Undefined when the
 * data is no JWK set.
 */
export function readPublicKeys(data: unknown): readonly PublicKey[] | undefined {
  const keys = isMap(data) ? data['keys'] : undefined
  if (!Array.isArray(keys)) return undefined
  return keys.slice(0, MOST_KEYS).flatMap((key) => (isMap(key) ? toPublicKey(key) : []))
}

function toPublicKey(key: Readonly<Record<string, unknown>>): readonly PublicKey[] {
  const { use, key_ops: operations } = key
  const isForSignatures =
    (use === undefined || use === 'sig') &&
    (!Array.isArray(operations) || operations.includes('verify'))
  if (!isForSignatures || 'd' in key || 'k' in key) return []
  const members = MEMBERS.flatMap((name) => {
    const value = key[name]
    return typeof value === 'string' || typeof value === 'number'
      ? [[name, String(value)] as const]
      : []
  })
  const publicKey: PublicKey = Object.fromEntries(members)
  const alg = publicKey['alg'] ?? usualAlgorithm(publicKey)
  return alg !== undefined && SIGNATURE_ALGORITHMS.includes(alg) ? [{ ...publicKey, alg }] : []
}

/** Everything that a public key needs and nothing that sends a verifier elsewhere (`x5u`). */
const MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg']

function usualAlgorithm({ kty, crv }: PublicKey): string | undefined {
  return kty === 'RSA' ? 'RS256' : CURVES[crv ?? '']
}

const CURVES: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'EdDSA',
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
