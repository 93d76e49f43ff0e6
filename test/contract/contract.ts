import { describe } from 'vitest'
import { access } from './access.case.ts'
import { admin } from './admin.case.ts'
import { addresses, trustedProxies } from './addresses.case.ts'
import { answers } from './answers.case.ts'
import { bodyLimits } from './bodies.case.ts'
import { combinations } from './combinations.case.ts'
import { evasion } from './evasion.case.ts'
import { forwarding } from './forwarding.case.ts'
import type { Host } from './host.ts'
import { inheritance } from './inheritance.case.ts'
import { limits } from './limits.case.ts'
import { jwts } from './jwt.case.ts'
import { merge } from './merge.case.ts'
import { oddities } from './oddities.case.ts'
import { recording } from './recording.case.ts'
import { redirects } from './redirects.case.ts'
import { reserved } from './reserved.case.ts'
import { routing } from './routing.case.ts'
import { s3 } from './s3.case.ts'
import { sequential } from './sequential.case.ts'
import { shaping } from './shaping.case.ts'
import { stopAtTheEnd } from './stage.ts'
import { streaming } from './streaming.case.ts'
import { swap } from './swap.case.ts'
import { tracing } from './tracing.case.ts'
import { validation } from './validation.case.ts'

const sharing = {
  access,
  bodyLimits,
  jwts,
  combinations,
  evasion,
  validation,
  routing,
  forwarding,
  redirects,
  answers,
  merge,
  sequential,
  shaping,
  streaming,
  oddities,
  s3,
  addresses,
  tracing,
  reserved,
  recording,
}

/** These replace the gateway on a host that runs one at a time, so they come last; `admin` publishes, which stays. */
const separate = { trustedProxies, inheritance, limits, swap, admin }

/** What every host must show: the compatibility page as tests. */
export function contract(host: Host): void {
  describe(`on ${host.name}`, () => {
    for (const [name, declare] of Object.entries({ ...sharing, ...separate })) {
      describe(name, () => declare(host))
    }
    stopAtTheEnd(host)
  })
}
