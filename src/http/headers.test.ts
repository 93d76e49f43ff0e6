import { describe, expect, it } from 'vitest'
import { dropHopByHop, forwardableHeaders, readHeaders } from './headers.ts'

const forward = (headers: Headers, except: readonly string[]) =>
  forwardableHeaders(headers, readHeaders(headers), except)
const names = (headers: Headers) => [...headers.keys()]

describe('forwardableHeaders', () => {
  it('drops hop-by-hop headers and those that Connection names', () => {
    const headers = new Headers({
      connection: 'close, X-Secret',
      'keep-alive': '1',
      te: 'trailers',
      upgrade: 'h2c',
      'x-secret': 's',
      accept: '*/*',
    })
    expect(names(forward(headers, []))).toEqual(['accept'])
  })

  it('does not let Connection strip what policies and upstreams rely on', () => {
    const headers = new Headers({
      connection: 'authorization, cookie',
      authorization: 'a',
      cookie: 'b',
    })
    expect(names(forward(headers, []))).toEqual(['authorization', 'cookie'])
  })

  it('drops claimed addresses, names with an underscore and the excepted ones', () => {
    const headers = new Headers({
      forwarded: 'for=1.1.1.1',
      'x-real-ip': '1.1.1.1',
      'true-client-ip': '1.1.1.1',
      'cf-connecting-ip': '1.1.1.1',
      x_request_id: 'smuggled',
      'x-internal': 'no',
      'x-keep': 'yes',
    })
    expect(names(forward(headers, ['x-internal']))).toEqual(['x-keep'])
  })
})

describe('dropHopByHop', () => {
  it('keeps every Set-Cookie and drops hop-by-hop headers', () => {
    const headers = new Headers({ connection: 'x-hop', 'x-hop': '1', etag: '"e"' })
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    dropHopByHop(headers)
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(headers.has('x-hop')).toBe(false)
    expect(headers.get('etag')).toBe('"e"')
  })
})
