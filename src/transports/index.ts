import { rateLimit } from './rate-limit/index.ts'
import type { Transport } from './transport.ts'

/** The registry of transports by YAML key, outermost first: the order in which they run. */
export const transports: Readonly<Record<string, Transport>> = { 'mw-ratelimit': rateLimit }
