import ipaddr from 'ipaddr.js'

/** Names that resolve only inside a machine, a house or a cluster. */
const PRIVATE_NAME = /\.(?:local|internal|svc|localhost|lan|home\.arpa)$|\.svc\./

/** Why a host name or address (brackets around IPv6 allowed) is none of the public internet, or undefined. */
export function whyPrivate(hostname: string): string | undefined {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  if (ipaddr.isValid(host)) {
    const range = ipaddr.process(host).range()
    return range === 'unicast' ? undefined : `a ${RANGES[range] ?? range} address`
  }
  if (!host.includes('.')) return 'a name without a domain'
  return PRIVATE_NAME.test(host) ? 'a name that only a private network knows' : undefined
}

/** Ranges of ipaddr.js in the words of people. */
const RANGES: Readonly<Record<string, string>> = {
  carrierGradeNat: 'carrier-grade NAT',
  linkLocal: 'link-local',
  uniqueLocal: 'unique local',
}
