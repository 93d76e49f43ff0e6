import type { Complaint, Severity } from './diagnostics.ts'
import { hasReference, outsideReferences } from './references.ts'

/** A `url_pattern` in brace form, and what was odd about it. */
export interface BracedPattern {
  readonly pattern: string
  readonly complaints: readonly (Complaint & { readonly severity: Severity })[]
}

/** `${NAME}` may bring a slash of its own, so nothing is put before it. */
const withSlash = (path: string) => (/^(?:\/|\$\{)/.test(path) ? path : `/${path}`)

/**
 * An `endpoint` in brace form with a leading slash: `ns/:nsId/x-:id` becomes `/ns/{nsId}/x-{id}`.
 *
 * As in gin a colon begins a parameter anywhere in a segment, but not behind a brace parameter (`{id}:cancel`).
 */
export function braceEndpoint(endpoint: string): string {
  return outsideReferences(withSlash(endpoint), (part) =>
    part.replaceAll(/(^|\/)([^/{}:]*):([A-Za-z0-9_-]+)/g, '$1$2{$3}'),
  )
}

/** The names of the parameters of an endpoint in brace form. */
export function parametersOf(endpoint: string): readonly string[] {
  const names: string[] = []
  outsideReferences(endpoint, (part) => {
    for (const [, name] of part.matchAll(/\{([A-Za-z0-9_-]+)\}/g)) names.push(name ?? '')
    return part
  })
  return names
}

/**
 * A `url_pattern` in brace form: `{{.NsId}}` becomes the endpoint's `{nsId}`, `{{.Resp0_a.b}}` becomes `{resp0_a.b}`, and
 * a placeholder that lacks a brace or the dot is repaired. What no parameter answers to stays a text, percent-encoded
 * as the original sends it; only the brace form must be declared, as there.
 */
export function bracePattern(pattern: string, endpoint: string): BracedPattern {
  const complaints: (Complaint & { readonly severity: Severity })[] = []
  const declared = parametersOf(endpoint)
  // A reference may still bring parameters: then nothing is known about what is declared.
  const isOpen = hasReference(endpoint)

  const replace = (written: string, name: string) => {
    const [before = '', after = ''] = written.split(name)
    if (!before.endsWith('.') && before.length + after.length < 3) return written
    const isWellFormed = before === '{{.' && after === '}}'
    const meant = resolve(name, declared)
    if (meant === undefined) {
      if (isOpen) return written
      complaints.push(unknownPlaceholder(written, declared))
      return encodeBraces(written)
    }
    if (!isWellFormed) complaints.push(repaired(written, meant))
    return `{${meant}}`
  }

  const braced = outsideReferences(withSlash(pattern), (part) =>
    part.replaceAll(/\{{1,2}\.?([A-Za-z0-9_-][A-Za-z0-9_.-]*)\}{0,2}/g, replace),
  )
  if (!isOpen) {
    for (const name of undeclared(braced, declared)) complaints.push(undeclaredName(name))
  }
  return { pattern: braced, complaints }
}

/** The indexes of the answers that a pattern in brace form takes fields from. */
export function answersUsed(pattern: string, endpoint: string): readonly number[] {
  const declared = parametersOf(endpoint)
  return [...pattern.matchAll(/\{(resp(\d{1,3})_[A-Za-z0-9_.-]+)\}/g)].flatMap(([, name, index]) =>
    name === undefined || declared.includes(name) ? [] : [Number(index)],
  )
}

/** The parameter that a canonical name stands for: the original's title-cased one, else the same in any case. */
function resolve(name: string, declared: readonly string[]): string | undefined {
  const exact = declared.find((param) => param === name || titleCase(param) === name)
  if (exact !== undefined) return exact
  const answer = /^resp(\d+_.+)$/i.exec(name)?.[1]
  if (answer !== undefined) return `resp${answer}`
  const similar = declared.filter((param) => param.toLowerCase() === name.toLowerCase())
  return similar.length === 1 ? similar[0] : undefined
}

/** Upper-cases the first letter of each word; a word ends at what is no letter, digit or underscore. */
function titleCase(name: string): string {
  return name.replaceAll(/(^|[^A-Za-z0-9_])([a-z])/g, (_, before: string, letter: string) => {
    return before + letter.toUpperCase()
  })
}

function undeclared(pattern: string, declared: readonly string[]): ReadonlySet<string> {
  const names = parametersOf(pattern)
  return new Set(names.filter((name) => !declared.includes(name) && !/^resp\d+_/.test(name)))
}

const encodeBraces = (text: string) => text.replaceAll('{', '%7B').replaceAll('}', '%7D')

const unknownPlaceholder = (written: string, declared: readonly string[]) => ({
  severity: 'warning' as const,
  message: `No parameter of the endpoint answers to "${written}"; it is sent as it stands.`,
  hint: declaredHint(declared),
})

const repaired = (written: string, meant: string) => ({
  severity: 'warning' as const,
  message: `The placeholder "${written}" is malformed; it is read as "{${meant}}".`,
  hint: `Write {${meant}}.`,
})

const undeclaredName = (name: string) => ({
  severity: 'error' as const,
  message: `The endpoint declares no parameter "${name}".`,
  hint: `Add {${name}} to "endpoint", or remove it here.`,
})

const declaredHint = (declared: readonly string[]) =>
  declared.length === 0
    ? 'The endpoint declares no parameters.'
    : `Declared: ${declared.map((name) => `{${name}}`).join(', ')}.`
