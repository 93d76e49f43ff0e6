import { omit } from '../lib/omit.ts'
import { own } from '../lib/own.ts'
import { canonical } from '../plan/version.ts'
import type { Registry } from './stored.ts'
import type { Mark, RegisteredUpstream } from './types.ts'

/** An upstream of the registry; one that is closed is none. */
export function openIn(registry: Registry, name: string): RegisteredUpstream | undefined {
  const upstream = own(registry, name)
  return upstream?.isClosed === true ? undefined : upstream
}

/** An upstream that somebody has changed, with who and when, and what is known of the last change of its settings. */
export function marked(
  upstream: Omit<RegisteredUpstream, keyof Mark>,
  before: RegisteredUpstream | undefined,
  mark: Mark,
): RegisteredUpstream {
  const isSame = before !== undefined && settingsOf(before) === settingsOf(upstream)
  return { ...upstream, ...mark, written: (isSame ? before.written : undefined) ?? mark }
}

const settingsOf = ({ document }: Pick<RegisteredUpstream, 'document'>): string =>
  canonical(document)

/** What an upstream is, whenever and by whomever it was changed. */
export const unmarked = (
  upstream: RegisteredUpstream,
): Omit<RegisteredUpstream, keyof Mark | 'written'> => omit(upstream, 'revision', 'by', 'written')

/** All of them, by name. */
export const allOpen = (registry: Registry): readonly RegisteredUpstream[] =>
  Object.values(registry)
    .filter(({ isClosed }) => isClosed !== true)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** A registry without the names of those that are closed: what the system file says of them holds again. */
export const reopened = (registry: Registry): Registry =>
  Object.fromEntries(Object.entries(registry).filter(([, { isClosed }]) => isClosed !== true))
