import type { Complaint } from '../config/diagnostics.ts'
import { err, ok, type Result } from '../lib/result.ts'

/** One segment of a route's pattern. Texts are percent-decoded; a wildcard is always the last. */
export type Segment =
  | { readonly kind: 'static'; readonly text: string }
  | {
      readonly kind: 'parameter'
      readonly name: string
      readonly prefix: string
      readonly suffix: string
    }
  | { readonly kind: 'wildcard' }

/** A checked `endpoint` value. */
export interface Pattern {
  /** Canonical form: leading slash, brace parameters, `/*` at the end of a bypass. */
  readonly path: string
  readonly isBypass: boolean
  readonly params: readonly string[]
}

const BYPASS = '*bypass'
const PARAMETER = /^([^{}]*)\{([A-Za-z0-9_-]+)\}([^{}]*)$/

/** Checks an `endpoint` of the configuration (compat with cb-restapigw: the leading slash may be missing). */
export function readEndpoint(endpoint: string): Result<Pattern, Complaint> {
  const text = endpoint.startsWith('/') ? endpoint : `/${endpoint}`
  const isBypass = text.endsWith(`/${BYPASS}`)
  const path = isBypass ? text.slice(0, -BYPASS.length) + '*' : text
  const complaint = complaintAbout(isBypass ? path.slice(0, -2) : path, isBypass)
  if (complaint !== undefined) return err(complaint)
  const params = segmentsOf(path).flatMap((part) => (part.kind === 'parameter' ? [part.name] : []))
  const twice = params.find((name, index) => params.indexOf(name) !== index)
  if (twice !== undefined) {
    return refuse(
      `The parameter {${twice}} is declared twice.`,
      'Give each parameter its own name.',
    )
  }
  return ok({ path, isBypass, params })
}

/** The segments of a canonical pattern or of a path: `/a/{id}/` has three, the last an empty static one. */
export function segmentsOf(path: string): readonly Segment[] {
  return path.slice(1).split('/').map(toSegment)
}

/** Percent-decodes one segment; text that is not valid percent-encoded UTF-8 stays as it is. */
export function decodeSegment(raw: string): string {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch {
    return raw
  }
}

/** Lower-case in the way in which paths are compared without regard to case: ASCII letters only, so lengths stay. */
export function foldCase(text: string): string {
  return /[A-Z]/.test(text) ? text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase()) : text
}

/** What a segment's parameter holds for a decoded text, or undefined when it does not match. Never empty. */
export function valueIn(
  text: string,
  { prefix, suffix }: { readonly prefix: string; readonly suffix: string },
): string | undefined {
  if (text.length <= prefix.length + suffix.length) return undefined
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) return undefined
  return text.slice(prefix.length, text.length - suffix.length)
}

/**
 * Which of two segments is tried first (negative: `a`): static, then parameters with text around them (longer prefix,
 * then longer suffix), then bare parameters, then the wildcard.
 */
export function compareSegments(a: Segment, b: Segment): number {
  if (a.kind === 'parameter' && b.kind === 'parameter') {
    return b.prefix.length - a.prefix.length || b.suffix.length - a.suffix.length
  }
  return RANK[a.kind] - RANK[b.kind]
}

const RANK = { static: 0, parameter: 1, wildcard: 2 } as const

/** One segment of a canonical pattern. */
export function toSegment(raw: string): Segment {
  if (raw === '*') return { kind: 'wildcard' }
  const [, prefix, name, suffix] = PARAMETER.exec(raw) ?? []
  return name === undefined
    ? { kind: 'static', text: decodeSegment(raw) }
    : {
        kind: 'parameter',
        name,
        prefix: decodeSegment(prefix ?? ''),
        suffix: decodeSegment(suffix ?? ''),
      }
}

const refuse = (message: string, hint: string) => err({ message, hint })

function complaintAbout(path: string, isBypass: boolean): Complaint | undefined {
  const raws = path === '' ? [] : path.slice(1).split('/')
  if (decodeSegment(raws[0] ?? '').startsWith('__')) {
    return {
      message: `The first segment "${raws[0]}" is reserved for the gateway.`,
      hint: 'Choose a first segment that does not begin with two underscores.',
    }
  }
  for (const [index, raw] of raws.entries()) {
    // A trailing slash is an empty last segment.
    const isTrailingSlash = raw === '' && index === raws.length - 1 && !isBypass
    const complaint = isTrailingSlash ? undefined : complaintAboutSegment(raw)
    if (complaint !== undefined) return complaint
  }
  return undefined
}

function complaintAboutSegment(raw: string): Complaint | undefined {
  if (raw === '') {
    return { message: 'The path has an empty segment.', hint: 'Write one slash, not two.' }
  }
  if (raw.includes('*')) {
    return {
      message: `The segment "${raw}" holds a wildcard.`,
      hint: 'Only `*bypass` is known, as the whole last segment.',
    }
  }
  if (/[{}]/.test(raw) && !PARAMETER.test(raw)) {
    return {
      message: `The segment "${raw}" is no valid parameter.`,
      hint: 'Write one {name} per segment; letters, digits, "_" and "-" are allowed in names.',
    }
  }
  return unreachable(raw)
    ? {
        message: `No request can ever match the segment "${raw}".`,
        hint: 'Dot segments, backslashes, control characters, "?" and "#" are not part of a path.',
      }
    : undefined
}

/** What canonical paths never hold (http/path.ts refuses such requests), and what ends a path. */
function unreachable(raw: string): boolean {
  const text = decodeSegment(raw)
  const hasDots = text.split(/[/\\]/).some((part) => part === '.' || part === '..')
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return hasDots || /[\\?#]/.test(raw) || /[\u0000-\u001f\u007f]/.test(text) || !text.isWellFormed()
}
