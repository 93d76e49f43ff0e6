import { err, ok, type Result } from '../lib/result.ts'
import { JsonNumber } from '../shaping/json-number.ts'
import type { Json } from '../shaping/types.ts'
import { get, isObject } from '../shaping/value.ts'
import type { Template, TemplatePart } from './types.ts'

/** What placeholders are filled with. */
export interface Filling {
  /** Decoded values of the route's path parameters. */
  readonly params: Readonly<Record<string, string>>
  /** Decoded answers of the calls before this one, by index. */
  readonly responses: readonly Json[]
}

const PLACEHOLDER = /\{(?:resp(\d{1,3})_([A-Za-z0-9_.-]+)|([A-Za-z0-9_-]+))\}/g

/**
 * Reads a `url_pattern`: a path, perhaps with a query, that may hold `{param}` and `{resp0_field.sub}` (a name that is
 * `declared` as a parameter is one, whatever it looks like). Braces around anything else are text.
 */
export function parseTemplate(pattern: string, declared: readonly string[] = []): Template {
  const text = pattern.startsWith('/') ? pattern : `/${pattern}`
  const parts: TemplatePart[] = []
  let end = 0
  for (const found of text.matchAll(PLACEHOLDER)) {
    parts.push(text.slice(end, found.index), toPlaceholder(found, declared))
    end = found.index + found[0].length
  }
  parts.push(text.slice(end))
  return encodeTexts(parts)
}

/**
 * The path and query to call. Each value is encoded so that it stays inside one path segment or one query value: it
 * can add no path, query, fragment or host. What would still change the path (dot segments, nothing at all) is
 * refused; the error may be shown to clients.
 */
export function fillTemplate(template: Template, filling: Filling): Result<string, string> {
  let filled = ''
  let isQuery = false
  for (const part of template) {
    if (typeof part === 'string') {
      filled += part
      isQuery ||= part.includes('?')
      continue
    }
    const value = lookUp(part, filling)
    if (value === undefined) return err(`${describe(part)} is missing.`)
    if (value === '' && !isQuery) return err(`${describe(part)} is empty.`)
    if (!value.isWellFormed()) return err(`${describe(part)} is not valid Unicode.`)
    filled += encodeURIComponent(value)
  }
  const isSafe = template.length === 1 || !hasDotSegment(filled)
  return isSafe ? ok(filled) : err('A path parameter makes a dot segment.')
}

/** Whether a URL parser would fold a segment of this path away, percent-encoded dots included (WHATWG URL 4.4). */
export function hasDotSegment(path: string): boolean {
  return /^[^?]*\/(?:\.|%2e){1,2}(?:[/?]|$)/i.test(path)
}

/** How a placeholder is written in YAML. */
export function printPlaceholder(part: Exclude<TemplatePart, string>): string {
  return 'param' in part ? `{${part.param}}` : `{resp${part.response}_${part.field.join('.')}}`
}

function toPlaceholder(found: RegExpExecArray, declared: readonly string[]): TemplatePart {
  const [written, index, field, name] = found
  const bare = written.slice(1, -1)
  if (field === undefined || declared.includes(bare)) return { param: name ?? bare }
  return { response: Number(index), field: field.split('.') }
}

function encodeTexts(parts: readonly TemplatePart[]): Template {
  let isQuery = false
  return parts.flatMap((part): TemplatePart[] => {
    if (typeof part !== 'string') return [part]
    const mark = isQuery ? 0 : part.indexOf('?')
    isQuery ||= mark >= 0
    const encoded = isQuery
      ? encodePath(part.slice(0, mark)) + encodeQuery(part.slice(mark))
      : encodePath(part)
    return encoded === '' ? [] : [encoded]
  })
}

// Percent-encoded bytes and what RFC 3986 allows stay; "%" that begins nothing, "#", "\" and all else are encoded.
const encodePath = (text: string): string =>
  encodeAll(text, /%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu)
const encodeQuery = (text: string): string =>
  encodeAll(text, /%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]/gu)

const encodeAll = (text: string, unsafe: RegExp): string =>
  text.toWellFormed().replaceAll(unsafe, encodeURIComponent)

function lookUp(part: Exclude<TemplatePart, string>, filling: Filling): string | undefined {
  if ('param' in part) {
    return Object.hasOwn(filling.params, part.param) ? filling.params[part.param] : undefined
  }
  return toText(part.field.reduce(step, filling.responses[part.response]))
}

/** Arrays are entered by index. */
function step(value: Json | undefined, key: string): Json | undefined {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined
  return isObject(value) ? get(value, key) : undefined
}

function toText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  const isPlain = typeof value === 'number' || typeof value === 'boolean'
  return isPlain || value instanceof JsonNumber ? String(value) : undefined
}

function describe(part: Exclude<TemplatePart, string>): string {
  return 'param' in part
    ? `The path parameter "${part.param}"`
    : `The field "${part.field.join('.')}" of answer ${part.response}`
}
