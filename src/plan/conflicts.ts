import type { Fault, Place } from '../config/diagnostics.ts'
import { decodeSegment, foldCase } from './pattern.ts'

/** What decides whether two routes exclude each other. */
export interface Claim {
  readonly name: string
  readonly method: string
  readonly path: string
  /** The definition. */
  readonly place: Place
}

/**
 * Routes that no rule of precedence can tell apart: the same method and path, also when only letter case (paths are
 * found without regard to it) or the names of parameters differ. And names that stand twice, which logs, metrics
 * and rate limits would mix up.
 */
export function findConflicts(claims: readonly Claim[]): readonly Fault[] {
  return [...findClashes(claims), ...findNamesakes(claims)]
}

function findClashes(claims: readonly Claim[]): readonly Fault[] {
  return repeats(claims, shapeOf).map(({ first, again }) => ({
    severity: 'error',
    message: `${again.method} ${again.path} ${
      again.path === first.path ? 'is declared twice' : `can not be told apart from ${first.path}`
    }; the other one is "${first.name}" in ${first.place.file}.`,
    hint: 'Remove one, or change its method or its path.',
    place: within(again.place, 'endpoint'),
  }))
}

/** Tells which other claims have to be compared with these. */
export function besides(claims: readonly Claim[]): (claim: Claim) => boolean {
  const names = new Set(claims.map(nameOf))
  const shapes = new Set(claims.map(shapeOf))
  return (claim) => names.has(nameOf(claim)) || shapes.has(shapeOf(claim))
}

function findNamesakes(claims: readonly Claim[]): readonly Fault[] {
  return repeats(claims, nameOf).map(({ first, again }) => ({
    severity: 'warning',
    message: `The name "${again.name}" is taken by another endpoint in ${first.place.file}.`,
    hint: 'Logs, metrics and rate limits go by names; give each endpoint its own.',
    place: within(again.place, 'name'),
  }))
}

interface Repeat {
  readonly first: Claim
  readonly again: Claim
}

function repeats(claims: readonly Claim[], keyOf: (claim: Claim) => string): readonly Repeat[] {
  const groups = Map.groupBy(claims, keyOf)
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : others.map((again) => ({ first, again })),
  )
}

const within = (place: Place, key: string): Place => ({ ...place, path: [...place.path, key] })

const nameOf = ({ name }: Claim): string => name.toLowerCase()

/** Equal for claims that exclude each other: parameter names, letter case and the way to encode a text do not count. */
const shapeOf = ({ method, path }: Claim): string =>
  `${method} ${foldCase(path.includes('%') ? path.replaceAll(/[^/{}]+/g, recode) : path).replaceAll(PARAMETER, '{}')}`

const PARAMETER = /\{[^{}]*\}/g

/** One spelling for each text; what it holds is no slash, brace or wildcard of the pattern. */
const recode = (text: string): string =>
  text === '*'
    ? text
    : decodeSegment(text).replaceAll(/[%/{}*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
