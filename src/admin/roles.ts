/** What a user or token may do. `wiring` is for programs that register upstreams and do nothing else. */
export const ROLES = ['viewer', 'editor', 'admin', 'wiring'] as const
export type Role = (typeof ROLES)[number]

/** Groups of roles by what they are let in for: the words of the operations' `access`. */
export const MAY = {
  /** Who has signed in, however. */
  signIn: ROLES,
  read: ['viewer', 'editor', 'admin'],
  readUpstreams: ROLES,
  edit: ['editor', 'admin'],
  wire: ['editor', 'admin', 'wiring'],
  administer: ['admin'],
} as const satisfies Readonly<Record<string, readonly Role[]>>

/** The roles that a role can give to a token: those that may do nothing that it may not do itself. */
const GRANTS: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer'],
  editor: ['viewer', 'editor', 'wiring'],
  admin: ROLES,
  wiring: ['wiring'],
}

/** Whether somebody of that role may make, or still own, a token of the other. */
export const mayGrant = (own: Role, given: Role): boolean => GRANTS[own].includes(given)
