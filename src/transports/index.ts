import type { Transport } from './transport.ts'

/** The registry of transports by YAML key, outermost first: the order in which they run. */
export const transports: Readonly<Record<string, Transport>> = {}
