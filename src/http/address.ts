import ipaddr from 'ipaddr.js'

/**
 * Where a host tells the client's address: `cf` at the edge, `socket` on plain workerd. An emulator on loopback, which
 * can tell nothing that a client could not have written, gives the one address that every client has.
 */
export type AddressSource = 'cf' | 'socket' | { readonly fixed: string }

/** Reads the variable `CLIENT_ADDRESS`: `cf`, `socket` (the default), or an address. */
export function addressSource(text = 'socket'): AddressSource {
  return text === 'cf' || text === 'socket' ? text : { fixed: text }
}

/** Parsed CIDRs of proxies whose `X-Forwarded-For` counts. */
export type TrustedProxies = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][]

/** Parses `trusted_proxies`; entries were validated when the configuration was loaded. */
export const parseProxies = (cidrs: readonly string[]): TrustedProxies =>
  cidrs.map((cidr) => (cidr.includes('/') ? ipaddr.parseCIDR(cidr) : hostRange(cidr)))

/** Whether an address lies in one of the networks; `unknown` lies in none. */
export const isInRanges = (address: string, cidrs: readonly string[]): boolean =>
  isTrusted(address, parseProxies(cidrs))

/**
 * The client's address without a port, or `unknown`.
 *
 * Only what a client cannot write counts: `CF-Connecting-IP` at the edge, the socket elsewhere. `X-Forwarded-For` is
 * read only when that address is a trusted proxy; then its rightmost untrusted entry is the client.
 */
export function clientAddress(
  request: Request,
  source: AddressSource,
  proxies: TrustedProxies,
): string {
  const direct = directAddress(request, source)
  if (proxies.length === 0) return direct === '' ? 'unknown' : direct
  const chain = (request.headers.get('x-forwarded-for') ?? '').split(',').map((part) => part.trim())
  let address = direct
  while (isTrusted(address, proxies)) {
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

function isTrusted(address: string, proxies: TrustedProxies): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return proxies.some(
    ([range, bits]) => parsed.kind() === range.kind() && parsed.match(range, bits),
  )
}

function hostRange(address: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const parsed = ipaddr.process(address)
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128]
}
