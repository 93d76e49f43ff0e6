import type { Host } from '../gateway/host.ts'
import type { Plan } from '../plan/types.ts'
import type { Snapshots } from '../snapshots/types.ts'
import type { AccountHost } from './accounts/users.ts'

/** What the Admin API works on; the same for the life of an isolate. */
export interface AdminHost {
  readonly gateway: Host
  readonly accounts: AccountHost
  readonly snapshots: Snapshots
  /** The plan that this isolate serves, activated; undefined when none is live. */
  readonly livePlan: () => Plan | undefined
  /** Lets one person in who is no user yet; undefined or empty: nobody. */
  readonly bootstrapSecret: string | undefined
}
