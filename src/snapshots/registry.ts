import { own } from '../lib/own.ts'
import type { Registry } from './stored.ts'
import type { RegisteredUpstream } from './types.ts'

/** An upstream of the registry; one that is closed is none. */
export function openIn(registry: Registry, name: string): RegisteredUpstream | undefined {
  const upstream = own(registry, name)
  return upstream?.isClosed === true ? undefined : upstream
}

/** All of them, by name. */
export const allOpen = (registry: Registry): readonly RegisteredUpstream[] =>
  Object.values(registry)
    .filter(({ isClosed }) => isClosed !== true)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** A registry without the names of those that are closed: what the system file says of them holds again. */
export const reopened = (registry: Registry): Registry =>
  Object.fromEntries(Object.entries(registry).filter(([, { isClosed }]) => isClosed !== true))
