import { describe, expect, it } from 'vitest'
import { parseNetworks } from '../lib/networks.ts'
import { addressSource, clientAddress } from './address.ts'

const forged = {
  'cf-connecting-ip': '6.6.6.6',
  'true-client-ip': '6.6.6.6',
  'x-real-ip': '6.6.6.6',
  forwarded: 'for=6.6.6.6',
  'x-forwarded-for': '6.6.6.6',
}

function requestFrom(clientIp: string | undefined, headers: Record<string, string> = {}): Request {
  const request = new Request('http://gateway/', { headers })
  return Object.defineProperty(request, 'cf', {
    value: clientIp === undefined ? undefined : { clientIp },
  })
}

const none = parseNetworks([])

describe('clientAddress', () => {
  it('takes the socket address without its port and no header, when the source is the socket', () => {
    expect(clientAddress(requestFrom('10.1.2.3:40112', forged), 'socket', none)).toBe('10.1.2.3')
    expect(clientAddress(requestFrom('[2001:db8::1]:40112', forged), 'socket', none)).toBe(
      '2001:db8::1',
    )
    expect(clientAddress(requestFrom('2001:db8::1', forged), 'socket', none)).toBe('2001:db8::1')
  })

  it('gives every client the one address that the host names, whatever the request says', () => {
    const source = addressSource('127.0.0.1')
    expect(clientAddress(requestFrom('6.6.6.6:1', forged), source, none)).toBe('127.0.0.1')
    expect(clientAddress(requestFrom('6.6.6.6:1', forged), addressSource('unknown'), none)).toBe(
      'unknown',
    )
    expect([addressSource('cf'), addressSource()]).toEqual(['cf', 'socket'])
  })

  it('takes CF-Connecting-IP alone at the edge', () => {
    expect(clientAddress(requestFrom('1.1.1.1:1', forged), 'cf', none)).toBe('6.6.6.6')
  })

  it('says unknown when the host tells nothing', () => {
    expect(clientAddress(requestFrom(undefined, forged), 'socket', none)).toBe('unknown')
  })

  it('takes the rightmost untrusted entry of X-Forwarded-For behind a trusted proxy', () => {
    const proxies = parseNetworks(['10.0.0.0/8', '192.168.1.1'])
    const via = (chain: string, socket = '10.0.0.1:1') =>
      clientAddress(requestFrom(socket, { 'x-forwarded-for': chain }), 'socket', proxies)
    expect(via('6.6.6.6, 203.0.113.7, 10.9.9.9')).toBe('203.0.113.7')
    expect(via('203.0.113.7, 192.168.1.1')).toBe('203.0.113.7')
    expect(via('203.0.113.7', '198.51.100.1:1')).toBe('198.51.100.1')
    expect(via('not an address')).toBe('10.0.0.1')
    expect(via('10.1.1.1')).toBe('10.1.1.1')
  })

  it('treats an IPv4-mapped address as the IPv4 address it is', () => {
    const proxies = parseNetworks(['10.0.0.0/8'])
    const request = requestFrom('[::ffff:10.0.0.1]:1', { 'x-forwarded-for': '203.0.113.7' })
    expect(clientAddress(request, 'socket', proxies)).toBe('203.0.113.7')
  })
})
