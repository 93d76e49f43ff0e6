/** What may be said about an origin. */
export interface OriginRules {
  /** Every origin may read answers: the list is empty or holds `*`. */
  readonly isOpen: boolean
  readonly allows: (origin: string) => boolean
  /** Whether the origin may be told that it can send credentials. */
  readonly trusts: (origin: string) => boolean
}

/**
 * Compiles `allow_origins`: exact origins, or entries with one `*` that stands for host or port characters, compared
 * without regard to case.
 *
 * Credentials are only for origins that somebody named: `*`, `null` (every sandboxed frame) and wildcards that anyone
 * can register a host for (`https://*`, `https://api.*`, `https://*example.com`) may read answers, without credentials.
 */
export function compileOrigins(entries: readonly string[]): OriginRules {
  const names = entries.map((entry) => entry.trim().toLowerCase())
  const isOpen = names.length === 0 || names.includes('*')
  const patterns = names.filter((name) => name !== '*').map(compilePattern)
  const matches = (origin: string, isTrusted: boolean) => {
    const name = origin.toLowerCase()
    return patterns.some((pattern) => (!isTrusted || pattern.isTrusted) && pattern.matches(name))
  }
  return {
    isOpen,
    allows: (origin) => isOpen || matches(origin, false),
    trusts: (origin) => matches(origin, true),
  }
}

interface Pattern {
  readonly matches: (origin: string) => boolean
  readonly isTrusted: boolean
}

function compilePattern(pattern: string): Pattern {
  const star = pattern.indexOf('*')
  if (star < 0) return { matches: (origin) => origin === pattern, isTrusted: pattern !== 'null' }
  const before = pattern.slice(0, star)
  const after = pattern.slice(star + 1)
  const filling = before.endsWith(':') ? /^\d*$/ : /^[a-z0-9.-]*$/
  return {
    matches: (origin) =>
      origin.length >= before.length + after.length &&
      origin.startsWith(before) &&
      origin.endsWith(after) &&
      filling.test(origin.slice(before.length, origin.length - after.length)),
    isTrusted: isSubdomain(after) || isPort(before, after) || isScheme(after),
  }
}

const isSubdomain = (after: string): boolean => /^\.[^*]*[a-z]/.test(after)
const isPort = (before: string, after: string): boolean =>
  /:\/\/[^*]+:$/.test(before) && after === ''
const isScheme = (after: string): boolean => /^:\/\/[^*]+$/.test(after)
