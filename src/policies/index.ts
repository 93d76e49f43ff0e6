import { access } from './access/index.ts'
import { authHmac } from './auth-hmac/index.ts'
import { bodyLimit } from './body-limit/index.ts'
import { cors } from './cors/index.ts'
import { ipFilter } from './ip-filter/index.ts'
import { jwt } from './jwt/index.ts'
import type { Policy } from './policy.ts'
import { rateLimit } from './rate-limit/index.ts'
import { secure } from './secure/index.ts'
import { validate } from './validate/index.ts'

/**
 * The registry of policies by YAML key, outermost first: the order in which they run. At an endpoint what costs least
 * and needs no secret decides first (address, declared size), then who it is, so that limits can count by client. A body
 * is looked at last: that costs most.
 */
export const policies: Readonly<Record<string, Policy>> = {
  'mw-httpsecure': secure,
  'mw-cors': cors,
  'mw-ipfilter': ipFilter,
  'mw-bodylimit': bodyLimit,
  'mw-access': access,
  'mw-jwt': jwt,
  'mw-auth': authHmac,
  'mw-ratelimit': rateLimit,
  'mw-validate': validate,
}
