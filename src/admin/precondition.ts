import { err, ok, type Result } from '../lib/result.ts'
import type { AdminHost } from './host.ts'
import type { Refusal } from './refusal.ts'

/** What a client says about the state that it has seen (RFC 9110 section 13.1). */
export type Precondition =
  | { readonly kind: 'none' }
  /** `If-None-Match: *`: it must not be there. */
  | { readonly kind: 'absent' }
  /** `If-Match: "tag"`. */
  | { readonly kind: 'is'; readonly tags: readonly string[] }
  /** `If-Match: *`: any state will do, but it must be there. */
  | { readonly kind: 'present' }

/** Reads the two headers; what is no list of entity tags is a bad request. */
export function readPrecondition(headers: Headers): Result<Precondition, Refusal> {
  const [match, noneMatch] = [headers.get('if-match'), headers.get('if-none-match')]
  if (match !== null && noneMatch !== null)
    return malformed('Send If-Match or If-None-Match, not both.')
  if (noneMatch !== null) {
    return noneMatch.trim() === '*'
      ? ok({ kind: 'absent' })
      : malformed('If-None-Match must be *: it creates what is not there.')
  }
  if (match === null) return ok({ kind: 'none' })
  if (match.trim() === '*') return ok({ kind: 'present' })
  const tags = [...match.matchAll(TAG)].map(([, tag = '']) => tag)
  const isList = match.replaceAll(TAG, '').replaceAll(/[\s,]/g, '') === ''
  return isList && tags.length > 0
    ? ok({ kind: 'is', tags })
    : malformed('If-Match must be * or the ETag as it was sent, quotes included.')
}

/** Weak tags count too: a proxy that compresses an answer weakens its tag on the way. */
const TAG = /(?:W\/)?"([\x21\x23-\x7e]*)"/g

const malformed = (detail: string) => err({ kind: 'bad-request', detail } as const)

/** An entity tag; revisions and hashes need no escapes. */
export const toTag = (revision: string | number): string => `"${revision}"`

/**
 * The revision to compare with for a thing whose revision is now `current` (0: not there), or 412. Tags are compared
 * here and the result once more in the store's commit, which decides between two writers.
 */
export function expected(
  precondition: Precondition,
  current: number,
  what: string,
): Result<number, Refusal> {
  switch (precondition.kind) {
    case 'none':
      return err({ kind: 'precondition-required' })
    case 'absent':
      return current === 0 ? ok(0) : stale(`${what} exists already.`)
    case 'present':
      return current === 0 ? stale(`${what} does not exist.`) : ok(current)
    case 'is':
      return precondition.tags.includes(String(current)) && current !== 0
        ? ok(current)
        : stale(`${what} has been changed since you read it.`)
  }
}

const stale = (detail: string) => err({ kind: 'stale', detail } as const)

/** Whether a thing that is there has the revision that the client names, if it names one. */
export function matches(precondition: Precondition, current: number): boolean {
  if (precondition.kind === 'absent') return false
  return precondition.kind !== 'is' || precondition.tags.includes(String(current))
}

/** The head that a change must find: its hash is its entity tag. With `If-Match: *` any head will do. */
export async function ifHead(
  precondition: Precondition,
  { snapshots }: Pick<AdminHost, 'snapshots'>,
): Promise<Result<{ readonly ifHead?: string }, Refusal>> {
  if (precondition.kind === 'present') return ok({})
  const { hash } = (await snapshots.head()).snapshot
  return precondition.kind === 'is' && precondition.tags.includes(hash)
    ? ok({ ifHead: hash })
    : stale('The head has been moved since you read it.')
}
