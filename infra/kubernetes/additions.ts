import { isPlainMap } from '../../src/config/conform.ts'
import { type Live, printStep, setByOthers, stepsOf, takeStep } from './managed-fields.ts'

/** A field of an object of ours that somebody else has put there, beside what we want. */
export interface Addition {
  /** e.g. `spec.template.spec.containers[cb-spider].env[EXTRA]`. */
  readonly field: string
  readonly value: unknown
  /** The field manager. */
  readonly who: string
  /** Of a JSON pointer. */
  readonly tokens: readonly string[]
}

/**
 * What others have added to an object in some of its parts. Pulumi does not see it: it compares only what it set, and so does
 * a server-side apply. A value of ours that they changed is no addition.
 */
export function additionsTo(
  live: Live,
  wanted: object,
  parts: readonly string[],
): readonly Addition[] {
  const found = new Map<string, Addition>()
  for (const { manager = 'somebody', fieldsV1 } of setByOthers(live)) {
    for (const part of parts) {
      const below = isPlainMap(fieldsV1) ? fieldsV1[`f:${part}`] : undefined
      const at = { live: valueOf(live, part), wanted: valueOf(wanted, part) }
      for (const each of search(below, at, { field: part, tokens: [part] })) {
        const pointer = each.tokens.join('/')
        const before = found.get(pointer)
        const who = before === undefined ? manager : `${before.who}, ${manager}`
        found.set(pointer, { ...each, who })
      }
    }
  }
  return [...found.values()]
}

const valueOf = (object: object, name: string): unknown => takeStep(object, `f:${name}`)?.value

/** Restarting pods is asked for in their template; it configures nothing. */
const HARMLESS = new Set(['f:kubectl.kubernetes.io/restartedAt'])

interface Path {
  readonly field: string
  readonly tokens: readonly string[]
}

/** The places that are there and not wanted, each as high up as it goes. */
function search(
  fields: unknown,
  { live, wanted }: { readonly live: unknown; readonly wanted: unknown },
  path: Path,
): readonly Omit<Addition, 'who'>[] {
  return stepsOf(fields).flatMap(([step, below]) => {
    const is = takeStep(live, step)
    if (is === undefined || HARMLESS.has(step)) return []
    const here = {
      field: path.field + printStep(step),
      tokens: [...path.tokens, is.token],
    }
    const should = takeStep(wanted, step)
    if (should === undefined) return isHarmless(is.value) ? [] : [{ ...here, value: is.value }]
    return search(below, { live: is.value, wanted: should.value }, here)
  })
}

/** A map with nothing but what is harmless. */
const isHarmless = (value: unknown): boolean =>
  isPlainMap(value) && Object.keys(value).every((key) => HARMLESS.has(`f:${key}`))

/** A JSON patch that takes additions away from an object as it was seen, and from no other one. */
export function removalOf(
  { metadata }: Live,
  additions: readonly Addition[],
): readonly Readonly<Record<string, unknown>>[] {
  const test = { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion }
  // From behind, so that places in lists stay what they are.
  const all = additions.map(({ tokens }) => tokens).toSorted((a, b) => -compare(a, b))
  return [test, ...all.map((tokens) => ({ op: 'remove', path: pointerOf(tokens) }))]
}

function compare(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((token, i) => token !== b[i])
  const [x = '', y = ''] = [a[at], b[at]]
  return x.localeCompare(y, 'en', { numeric: true })
}

/** RFC 6901. */
const pointerOf = (tokens: readonly string[]): string =>
  tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
