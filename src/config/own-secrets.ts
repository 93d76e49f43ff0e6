/**
 * Secrets that open the gateway itself. No configuration may name them: whoever may edit one could send their values
 * to a host of their own.
 */
const OWN_SECRETS: ReadonlySet<string> = new Set([
  'CB_BRIDGE_BOOTSTRAP',
  'CB_BRIDGE_TOKEN',
  'LIVE_SWAP_SECRET',
  'STATE_TOKEN',
  'STORE_URL',
])

export const isOwnSecret = (name: string): boolean => OWN_SECRETS.has(name)
