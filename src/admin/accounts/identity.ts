import type { Role } from '../roles.ts'

/** Who asks. */
export interface Identity {
  /** Name of the user; of nobody, an empty text. */
  readonly user: string
  readonly role: Role
  /** Id of the API token or session that was shown. */
  readonly credential: { readonly kind: 'session' | 'token'; readonly id: string }
  /** Until when it is good, milliseconds since the epoch; absent: without an end. */
  readonly expiresAt?: number
  /** As the audit shows it: `alice`, or `alice (token deploys)`. */
  readonly shown: string
}
