import { describe, expect, test } from 'vitest'
import { EMPTY_SHA256, presignedTarget, signedAuthorization, verifySignature } from './sigv4.ts'

const DATE = '20130524T000000Z'
const HOST = 'examplebucket.s3.amazonaws.com'
const sign = (
  method: string,
  target: string,
  more: Record<string, string>,
  payloadHash: string,
) => {
  const headers = { host: HOST, 'x-amz-content-sha256': payloadHash, 'x-amz-date': DATE, ...more }
  return { headers, authorization: signedAuthorization({ method, target, headers, payloadHash }) }
}

describe('signatures that AWS publishes', () => {
  test.each([
    {
      method: 'GET',
      target: '/test.txt',
      more: { range: 'bytes=0-9' },
      payloadHash: EMPTY_SHA256,
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
    {
      method: 'PUT',
      target: '/test$file.text',
      more: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
    {
      method: 'GET',
      target: '/?lifecycle',
      more: {},
      payloadHash: EMPTY_SHA256,
      signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
    {
      method: 'GET',
      target: '/?max-keys=2&prefix=J',
      more: {},
      payloadHash: EMPTY_SHA256,
      signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
  ])('$method $target', ({ method, target, more, payloadHash, signature }) => {
    expect(sign(method, target, more, payloadHash).authorization).toContain(signature)
  })

  test('presigned GET', () => {
    expect(presignedTarget('GET', '/test.txt', HOST, DATE)).toContain(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    )
  })
})

describe('the verifier', () => {
  const received = (target: string) => {
    const { headers, authorization } = sign('GET', target, {}, EMPTY_SHA256)
    return {
      method: 'GET',
      url: target,
      headers: Object.entries({ ...headers, authorization }),
      bodyHash: EMPTY_SHA256,
    }
  }
  const target = '/bucket/a%20b//%C3%A9~+?list-type=2&prefix=&uploads'

  test('accepts a request as it was signed, and headers that were added', () => {
    expect(verifySignature(received(target))).toBe('valid')
    const more = [...received(target).headers, ['x-forwarded-for', '1.2.3.4']] as const
    expect(verifySignature({ ...received(target), headers: more })).toBe('valid')
  })

  test.each([
    ['a folded double slash', { url: target.replace('//', '/') }],
    ['a lost query pair', { url: target.replace('prefix=&', '') }],
    ['another method', { method: 'HEAD' }],
    [
      'another host',
      { headers: [['Host', 'evil'], ...received(target).headers.slice(1)] as const },
    ],
    ['another body', { bodyHash: 'x' }],
  ])('refuses %s', (_, change) => {
    expect(verifySignature({ ...received(target), ...change })).not.toBe('valid')
  })

  test('accepts a presigned target', () => {
    const url = presignedTarget('GET', target, HOST, DATE)
    const headers = [['Host', HOST]] as const
    expect(verifySignature({ method: 'GET', url, headers, bodyHash: EMPTY_SHA256 })).toBe('valid')
  })

  test('says nothing about a request without a signature', () => {
    const plain = { method: 'GET', url: '/', headers: [], bodyHash: EMPTY_SHA256 }
    expect(verifySignature(plain)).toBeUndefined()
  })
})
