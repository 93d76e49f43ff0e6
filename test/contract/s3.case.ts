import { describe, expect, test } from 'vitest'
import { EMPTY_SHA256, presignedTarget, signedAuthorization } from '../support/sigv4.ts'
import { freshKey } from '../support/script.ts'
import type { Host } from './host.ts'
import { describeOn, useFixture } from './stage.ts'

const DATE = '20261124T120000Z'
const BODY = 'content of the object'

/** Requests signed for the upstream's host pass untouched; the upstream recomputes their signatures. */
export function s3(host: Host): void {
  const on = useFixture(host)
  const upstreamHost = () => new URL(on.first.url).host
  const signatureOf = async (key: string) => (await on.first.seen(key))[0]?.signature

  describe('requests signed for S3', () => {
    test.each([
      ['GET', '/raw/KEY/object.txt'],
      ['HEAD', '/raw/KEY/object.txt'],
      ['DELETE', '/raw/KEY/object.txt'],
      ['GET', '/raw/KEY/a%20b'],
      ['GET', '/raw/KEY/%ED%95%9C%EA%B8%80.png'],
      ['GET', '/raw/KEY//double//slash/'],
      ['GET', '/raw/KEY/tilde~plus+equals=at@colon:comma,semi;dollar$'],
      ['GET', "/raw/KEY/quote'paren(x)star*bang!"],
      ['GET', '/raw/KEY/%27%28%29%2A%21%2B%3D%40%3A%2C%3B%24%26'],
      ['GET', '/raw/KEY/percent%25and%2Fslash%3Fmark%23hash'],
      ['GET', '/raw/KEY/'],
      ['GET', '/raw/KEY/?list-type=2&prefix=&delimiter=%2F'],
      ['GET', '/raw/KEY/?uploads'],
      ['GET', '/raw/KEY/?uploads='],
      ['GET', '/raw/KEY/x?b=2&a=1&a=0&B=3'],
      ['GET', "/raw/KEY/x?prefix=a%20b%2Bc~d&marker='quoted'&e=a+b"],
      ['GET', '/raw/KEY/x?versionId=null&partNumber=1&response-content-type=text%2Fplain'],
    ])('%s %s', async (method, template) => {
      const key = freshKey()
      const target = template.replace('KEY', key)
      const signed = {
        host: upstreamHost(),
        'x-amz-date': DATE,
        'x-amz-content-sha256': EMPTY_SHA256,
        'x-amz-meta-name': 'spaces   and more',
        range: 'bytes=0-9',
      }
      const request = { method, target, headers: signed, payloadHash: EMPTY_SHA256 }
      const { host: _, ...sent } = signed
      const headers = { ...sent, Authorization: signedAuthorization(request) }
      const answer = await on.gateway.fetch(target, { method, headers })
      expect(answer.status).toBe(200)
      expect(await signatureOf(key)).toBe('valid')
    })

    test.each([
      ['a signed payload', true],
      ['an unsigned payload', false],
    ])('PUT with %s', async (_, isSigned) => {
      const key = freshKey()
      const target = `/raw/${key}/object%20name`
      const payloadHash = isSigned ? await sha256(BODY) : 'UNSIGNED-PAYLOAD'
      const signed = {
        host: upstreamHost(),
        'content-type': 'text/plain;charset=utf-8',
        'x-amz-date': DATE,
        'x-amz-content-sha256': payloadHash,
        'x-amz-security-token': 'token+/=',
      }
      const request = { method: 'PUT', target, headers: signed, payloadHash }
      const { host: __, ...sent } = signed
      const headers = { ...sent, Authorization: signedAuthorization(request) }
      await on.gateway.fetch(target, { method: 'PUT', headers, body: BODY })
      expect(await signatureOf(key)).toBe('valid')
    })

    test.each([
      '/raw/KEY/object.txt',
      '/raw/KEY/a%20b/%ED%95%9C/~x+y//',
      '/raw/KEY/o?response-content-disposition=attachment%3B%20filename%3D%22a.txt%22&empty=&flag',
    ])('presigned %s', async (template) => {
      const key = freshKey()
      const target = presignedTarget('GET', template.replace('KEY', key), upstreamHost(), DATE)
      await on.gateway.fetch(target)
      expect(await signatureOf(key)).toBe('valid')
    })
  })

  describeOn(host, 'socket', 'requests signed for S3, on the wire', () => {
    test.each([
      "/raw/KEY/all-!$&'()*+,;=:@-._~-of-rfc3986",
      '/raw/KEY/x?all=!$()*,;:@-._~/?&plus=a+b',
      '/raw/KEY/lower%2fcase%c3%a9?q=%2f%c3%a9',
    ])('%s', async (template) => {
      const key = freshKey()
      const target = template.replace('KEY', key)
      const signed = {
        host: upstreamHost(),
        'x-amz-date': DATE,
        'x-amz-content-sha256': EMPTY_SHA256,
      }
      const request = { method: 'GET', target, headers: signed, payloadHash: EMPTY_SHA256 }
      const { host: _, ...sent } = signed
      const headers = [
        ...Object.entries(sent),
        ['Authorization', signedAuthorization(request)],
      ] as const
      await on.wire.ask({ target, headers })
      const [seen] = await on.first.seen(key)
      expect(seen?.url).toBe(target)
      expect(seen?.signature).toBe('valid')
    })
  })
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
