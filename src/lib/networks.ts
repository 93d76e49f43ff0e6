import ipaddr from 'ipaddr.js'

/** Parsed networks. */
export type Networks = readonly Network[]
type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Whether a text is an address, or a network in CIDR notation (RFC 4632, RFC 4291). */
export function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/', 2)
  const isAddress =
    ipaddr.IPv4.isValidFourPartDecimal(address) ||
    (address.includes(':') && ipaddr.IPv6.isValid(address))
  return isAddress && (bits === undefined || ipaddr.isValidCIDR(text))
}

/** Parses networks for which `isNetwork` holds. */
export const parseNetworks = (cidrs: readonly string[]): Networks =>
  cidrs.map((cidr) => (cidr.includes('/') ? unmapped(ipaddr.parseCIDR(cidr)) : hostRange(cidr)))

/** Whether an address lies in one of the networks; an IPv4 address that is mapped into IPv6 counts as itself. */
export function isWithin(address: string, networks: Networks): boolean {
  if (networks.length === 0 || !ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return networks.some(
    ([range, bits]) => parsed.kind() === range.kind() && parsed.match(range, bits),
  )
}

/** `::ffff:10.0.0.0/104` is `10.0.0.0/8`: no address is ever seen in the mapped form. */
function unmapped([range, bits]: Network): Network {
  return range instanceof ipaddr.IPv6 && range.isIPv4MappedAddress() && bits >= 96
    ? [range.toIPv4Address(), bits - 96]
    : [range, bits]
}

function hostRange(address: string): Network {
  const parsed = ipaddr.process(address)
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128]
}
