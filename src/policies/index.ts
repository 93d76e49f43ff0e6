import { cors } from './cors/index.ts'
import type { Policy } from './policy.ts'
import { secure } from './secure/index.ts'

/** The registry of policies by YAML key, outermost first: the order in which they run. */
export const policies: Readonly<Record<string, Policy>> = {
  'mw-httpsecure': secure,
  'mw-cors': cors,
}
