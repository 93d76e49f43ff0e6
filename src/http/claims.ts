import { ownAt } from '../lib/own.ts'

type Claims = Readonly<Record<string, unknown>>

/** The claim of that name, else the one that its dots lead to. */
export const claimAt = (claims: Claims, path: string): unknown =>
  Object.hasOwn(claims, path) ? claims[path] : ownAt(claims, path.split('.'))
