import { err, ok, type Result } from '../lib/result.ts'

/** A `${NAME}` in a value, with the keys that lead to it. */
export interface FoundReference {
  readonly name: string
  readonly hasDefault: boolean
  readonly path: Path
}

type Path = readonly (string | number)[]

/** `$${` (a literal `${`), or `${NAME}`, or `${NAME:-default}`; a default holds no closing brace and no `${`. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^}$]|\$(?!\{))*))?\}/g
const OPENING = /\$\$\{|\$\{/g

/** Whether a text holds a reference or an escaped `${`, so that it is not yet what it will be. */
export const hasReference = (text: string): boolean =>
  text.includes('${') && text.search(REFERENCE) >= 0

/** Whether a text is references alone, without defaults, behind the scheme of a credential at most: it holds no secret. */
export const isBareReference = (text: string): boolean =>
  /^(?:[A-Za-z]+ )?(?:\$\{[A-Za-z_][A-Za-z0-9_]*(?::-)?\})+$/.test(text)

/** Whether any scalar below a value holds a reference. */
export function holdsReference(value: unknown): boolean {
  if (typeof value === 'string') return hasReference(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsReference)
}

/** Every reference below a value, in order. */
export function findReferences(value: unknown): readonly FoundReference[] {
  return textsWith('${', value).flatMap(([path, text]) =>
    [...text.matchAll(REFERENCE)].flatMap(([, name, fallback]) =>
      name === undefined ? [] : [{ name, hasDefault: fallback !== undefined, path }],
    ),
  )
}

/** The texts below a value that hold a `${` which begins no reference (`${}`, `${A`, `${1}`). */
export function findMalformed(value: unknown): readonly Path[] {
  const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0
  return textsWith('${', value)
    .filter(([, text]) => count(text, OPENING) > count(text, REFERENCE))
    .map(([path]) => path)
}

/**
 * Replaces every reference below plain data by what `lookup` knows, else by its default; `$${` becomes `${`.
 *
 * Filled scalars stay texts: decode the result to make numbers and booleans of them. What is filled in is never read
 * as a reference again. The error lists the names that have neither value nor default, each once.
 */
export function fill<T>(
  value: T,
  lookup: (name: string) => string | undefined,
): Result<T, readonly string[]> {
  const missing = new Set<string>()
  const fillText = (text: string) =>
    text.replaceAll(REFERENCE, (match: string, name?: string, fallback?: string) => {
      if (name === undefined) return match.slice(1)
      const found = lookup(name) ?? fallback
      if (found === undefined) missing.add(name)
      return found ?? ''
    })
  const filled = mapTexts(value, fillText)
  // Texts become texts and everything else keeps its shape.
  return missing.size === 0 ? ok(filled as T) : err([...missing])
}

/** Applies `change` to the parts of a text that are not references. */
export function outsideReferences(text: string, change: (part: string) => string): string {
  if (!text.includes('${')) return change(text)
  let changed = ''
  let end = 0
  for (const { 0: written, index } of text.matchAll(REFERENCE)) {
    changed += change(text.slice(end, index)) + written
    end = index + written.length
  }
  return changed + change(text.slice(end))
}

function textsWith(part: string, value: unknown): readonly (readonly [Path, string])[] {
  const found: (readonly [Path, string])[] = []
  const steps: (string | number)[] = []
  const visit = (item: unknown) => {
    if (typeof item === 'string') {
      if (item.includes(part)) found.push([[...steps], item])
    } else if (typeof item === 'object' && item !== null) {
      for (const [key, child] of Object.entries(item)) {
        steps.push(Array.isArray(item) ? Number(key) : key)
        visit(child)
        steps.pop()
      }
    }
  }
  visit(value)
  return found
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return value.includes('${') ? change(value) : value
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]),
  )
}
