import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPublicKeys, SIGNATURE_ALGORITHMS } from './public-keys.ts'

const EC = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }
const RSA = { kty: 'RSA', n: 'n', e: 'AQAB' }
const algorithmsOf = (...keys: readonly unknown[]) =>
  readPublicKeys({ keys })?.map(({ alg }) => alg)

test.each([
  [RSA, 'RS256'],
  [{ ...RSA, alg: 'PS512' }, 'PS512'],
  [EC, 'ES256'],
  [{ ...EC, crv: 'P-384' }, 'ES384'],
  [{ ...EC, crv: 'P-521' }, 'ES512'],
  [{ kty: 'OKP', crv: 'Ed25519', x: 'x' }, 'EdDSA'],
])('%j is good for %s alone', (key, alg) => {
  expect(algorithmsOf(key)).toEqual([alg])
})

test.each([
  { kty: 'oct', k: 'AAAA', alg: 'HS256' },
  { ...EC, d: 'secret' },
  { ...RSA, alg: 'HS256' },
  { ...RSA, alg: 'RSA-OAEP' },
  { ...RSA, alg: 'none' },
  { ...RSA, use: 'enc' },
  { ...RSA, key_ops: ['encrypt'] },
  { ...EC, crv: 'secp256k1' },
  { kty: 'OKP', crv: 'X25519', x: 'x' },
  {},
  null,
  'key',
  [],
])('%j verifies nothing', (key) => {
  expect(algorithmsOf(key, RSA)).toEqual(['RS256'])
})

test('members that lead elsewhere or hold secrets are dropped', () => {
  const keys = readPublicKeys({
    keys: [{ ...RSA, kid: 7, x5u: 'http://a', x5c: ['M'], p: 's', __proto__: {} }],
  })
  expect(keys).toEqual([{ ...RSA, kid: '7', alg: 'RS256' }])
})

test('anything else is no set, and no data makes it throw', () => {
  for (const data of [null, undefined, [], 'x', {}, { keys: {} }, { keys: 'x' }]) {
    expect(readPublicKeys(data)).toBeUndefined()
  }
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      const keys = readPublicKeys({ keys: [data] }) ?? []
      return keys.every(({ alg = '' }) => SIGNATURE_ALGORITHMS.includes(alg))
    }),
  )
})
