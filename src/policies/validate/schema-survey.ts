import { dereference } from '@cfworker/json-schema'
import { own, ownAt } from '../../lib/own.ts'

/** A JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What a schema is made of, as far as something can be wrong with it. */
export interface Survey {
  /** What makes it unusable, with the place: keywords whose values the interpreter would pass over or stumble on. */
  readonly faults: readonly string[]
  /** Keywords that mean nothing, probably misspelt. */
  readonly unknown: readonly string[]
  /** Regular expressions. */
  readonly patterns: readonly string[]
  /** Itself and every schema below it that can come to judge. */
  readonly schemas: readonly JsonSchema[]
}

/** Looks at all that a schema consists of, references followed; nothing outside of it is ever read. */
export function surveySchema(root: JsonSchema): Survey {
  const walk: Walk = { root, faults: [], unknown: [], patterns: [], schemas: new Set() }
  visit(root, '#', walk)
  if (walk.faults.length === 0) walk.faults.push(...lostReferences(root))
  return { ...walk, schemas: [...walk.schemas] }
}

interface Walk {
  readonly root: JsonSchema
  readonly faults: string[]
  readonly unknown: string[]
  readonly patterns: string[]
  readonly schemas: Set<JsonSchema>
}

function visit(schema: unknown, place: string, walk: Walk): void {
  if (typeof schema === 'boolean') return
  if (!isMap(schema)) {
    walk.faults.push(`${place} is no schema`)
    return
  }
  if (walk.schemas.has(schema)) return
  walk.schemas.add(schema)
  for (const [keyword, value] of Object.entries(schema)) {
    const kind = own(KINDS, keyword)
    if (kind === undefined) {
      if (!keyword.startsWith('x-')) walk.unknown.push(keyword)
      continue
    }
    const wrong = kind.wrong?.(value, walk.root)
    if (wrong !== undefined) walk.faults.push(`${place}: "${keyword}" ${wrong}`)
    else kind.follow?.(value, `${place}/${keyword}`, walk)
  }
}

interface Kind {
  /** Why a value is none, in words. */
  readonly wrong?: (value: unknown, root: JsonSchema) => string | undefined
  readonly follow?: (value: unknown, place: string, walk: Walk) => void
}

const must =
  (fits: (value: unknown) => boolean, words: string): NonNullable<Kind['wrong']> =>
  (value) =>
    fits(value) ? undefined : `must be ${words}`

const isMap = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value)
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0

const ANYTHING: Kind = {}
const TEXT: Kind = { wrong: must(isText, 'a text') }
const FLAG: Kind = { wrong: must((value) => typeof value === 'boolean', 'true or false') }
const NUMBER: Kind = { wrong: must(isNumber, 'a number') }
const COUNT: Kind = { wrong: must(isCount, 'a whole number') }
const TEXTS: Kind = { wrong: must(isTexts, 'a list of texts') }
const LIST: Kind = { wrong: must(Array.isArray, 'a list') }
const SCHEMA: Kind = { follow: visit }
const SCHEMAS: Kind = {
  wrong: must((value) => Array.isArray(value) && value.length > 0, 'a list of schemas'),
  follow: (value, place, walk) => {
    for (const [index, item] of Object.entries(value as unknown[])) {
      visit(item, `${place}/${index}`, walk)
    }
  },
}
const MAP: Kind = {
  wrong: must(isMap, 'a map of schemas'),
  follow: (value, place, walk) => {
    for (const [name, item] of Object.entries(value as JsonSchema)) {
      visit(item, `${place}/${name}`, walk)
    }
  },
}

const TYPES = new Set(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])

const TYPE: Kind = {
  wrong: (value) => {
    const unknown = [value].flat().find((type) => !TYPES.has(String(type)))
    return unknown === undefined ? undefined : `is not known: ${JSON.stringify(unknown)}`
  },
}

const EXPRESSION: Kind = {
  wrong: (value) =>
    isText(value) && isExpression(value) ? undefined : 'must be a regular expression',
  follow: (value, _, { patterns }) => void patterns.push(String(value)),
}

const EXPRESSIONS: Kind = {
  wrong: (value) =>
    isMap(value) && Object.keys(value).every(isExpression)
      ? undefined
      : 'must be a map of schemas by regular expressions',
  follow: (value, place, walk) => {
    walk.patterns.push(...Object.keys(value as JsonSchema))
    MAP.follow?.(value, place, walk)
  },
}

/** In drafts before 2020-12 a list judges the elements one by one; there it would judge nothing. */
const ITEMS: Kind = {
  wrong: (value, root) =>
    Array.isArray(value) && draftOf(root) === '2020-12'
      ? 'must be a schema; a list of them is called "prefixItems"'
      : undefined,
  follow: (value, place, walk) =>
    (Array.isArray(value) ? SCHEMAS : SCHEMA).follow?.(value, place, walk),
}

const BOUND: Kind = {
  wrong: (value, root) =>
    draftOf(root) === '4' ? FLAG.wrong?.(value, root) : NUMBER.wrong?.(value, root),
}

const DEPENDENCIES: Kind = {
  wrong: must(isMap, 'a map of schemas, or of lists of texts'),
  follow: (value, place, walk) => {
    for (const [name, item] of Object.entries(value as JsonSchema)) {
      if (!isTexts(item)) visit(item, `${place}/${name}`, walk)
    }
  },
}

const REFERENCE: Kind = {
  wrong: must(isText, 'a text'),
  follow: (value, place, walk) => {
    const target = targetOf(String(value), walk.root)
    if (target !== undefined) visit(target, place, walk)
  },
}

const KINDS: Readonly<Record<string, Kind>> = {
  $ref: REFERENCE,
  $recursiveRef: { wrong: must((value) => value === '#', '"#"') },
  $dynamicRef: { wrong: () => 'is not understood here; write "$ref"' },
  type: TYPE,
  enum: LIST,
  const: ANYTHING,
  format: TEXT,
  required: TEXTS,
  dependentRequired: {
    wrong: must(
      (value) => isMap(value) && Object.values(value).every(isTexts),
      'a map of lists of texts',
    ),
  },
  dependencies: DEPENDENCIES,
  properties: MAP,
  patternProperties: EXPRESSIONS,
  pattern: EXPRESSION,
  items: ITEMS,
  multipleOf: { wrong: must((value) => isNumber(value) && value > 0, 'a number above 0') },
  minimum: NUMBER,
  maximum: NUMBER,
  exclusiveMinimum: BOUND,
  exclusiveMaximum: BOUND,
  uniqueItems: FLAG,
  ...each('$defs definitions dependentSchemas', MAP),
  ...each('allOf anyOf oneOf prefixItems', SCHEMAS),
  ...each('additionalItems additionalProperties contains else if not propertyNames then', SCHEMA),
  ...each('unevaluatedItems unevaluatedProperties', SCHEMA),
  ...each('minContains maxContains minItems maxItems minLength maxLength', COUNT),
  ...each('minProperties maxProperties', COUNT),
  // What says nothing about validity, OpenAPI's words included.
  ...each('$schema $id id $anchor $comment $vocabulary $recursiveAnchor $dynamicAnchor', ANYTHING),
  ...each('title description default example examples deprecated readOnly writeOnly', ANYTHING),
  ...each('contentMediaType contentEncoding contentSchema', ANYTHING),
  ...each('nullable discriminator xml externalDocs collectionFormat allowEmptyValue', ANYTHING),
}

function each(keywords: string, kind: Kind): Readonly<Record<string, Kind>> {
  return Object.fromEntries(keywords.split(' ').map((keyword) => [keyword, kind]))
}

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').source !== ''
  } catch {
    return false
  }
}

/** What a pointer (`#/$defs/a`) leads to; names (`#a`) are left to the interpreter. */
function targetOf(reference: string, root: JsonSchema): unknown {
  if (!reference.startsWith('#/')) return undefined
  const steps = reference.slice(2).split('/')
  return ownAt(
    root,
    steps.map((step) => decode(step).replaceAll('~1', '/').replaceAll('~0', '~')),
  )
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

/** References that the interpreter would not find: it stumbles when a request comes, and then refuses all. */
function lostReferences(schema: JsonSchema): readonly string[] {
  try {
    const known = dereference(structuredClone(schema) as Parameters<typeof dereference>[0])
    return Object.values(known).flatMap((found) => {
      const { $ref, __absolute_ref__: address } = typeof found === 'boolean' ? {} : found
      const isLost = address !== undefined && known[address] === undefined
      return isLost ? [`its $ref "${$ref}" leads nowhere`] : []
    })
  } catch (cause) {
    return [cause instanceof Error ? cause.message : String(cause)]
  }
}

/** The draft by which a schema is read; without `$schema` the newest one. */
export function draftOf({ $schema }: JsonSchema): '4' | '7' | '2019-09' | '2020-12' {
  const text = isText($schema) ? $schema : ''
  if (text.includes('draft-04')) return '4'
  if (text.includes('draft-06') || text.includes('draft-07')) return '7'
  return text.includes('2019-09') ? '2019-09' : '2020-12'
}
