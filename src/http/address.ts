import ipaddr from 'ipaddr.js'
import { isWithin, type Networks } from '../lib/networks.ts'

/**
 * Where a host tells the client's address: `cf` at the edge, `socket` on plain workerd. An emulator on loopback, which
 * can tell nothing that a client could not have written, gives the one address that every client has.
 */
export type AddressSource = 'cf' | 'socket' | { readonly fixed: string }

/** Reads the variable `CLIENT_ADDRESS`: `cf`, `socket` (the default), or an address. */
export function addressSource(text = 'socket'): AddressSource {
  return text === 'cf' || text === 'socket' ? text : { fixed: text }
}

/**
 * The client's address without a port, or `unknown`.
 *
 * Only what a client cannot write counts: `CF-Connecting-IP` at the edge, the socket elsewhere. `X-Forwarded-For` is
 * read only when that address is a trusted proxy; then its rightmost untrusted entry is the client.
 */
export function clientAddress(request: Request, source: AddressSource, proxies: Networks): string {
  const direct = directAddress(request, source)
  if (proxies.length === 0) return direct === '' ? 'unknown' : direct
  const chain = (request.headers.get('x-forwarded-for') ?? '').split(',').map((part) => part.trim())
  let address = direct
  while (isWithin(address, proxies)) {
    const next = chain.pop()
    if (next === undefined || !ipaddr.isValid(next)) break
    address = next
  }
  return address === '' ? 'unknown' : address
}

function directAddress(request: Request, source: AddressSource): string {
  if (typeof source === 'object') return source.fixed
  return source === 'cf' ? (request.headers.get('cf-connecting-ip') ?? '') : socketAddress(request)
}

function socketAddress(request: Request): string {
  const socket = request.cf?.['clientIp']
  return typeof socket === 'string' ? withoutPort(socket) : ''
}

/** `1.2.3.4:5`, `[::1]:5` or a bare address. */
function withoutPort(text: string): string {
  if (text.startsWith('[')) return text.slice(1, text.indexOf(']'))
  const colon = text.indexOf(':')
  return colon >= 0 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text
}
