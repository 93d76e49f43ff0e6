import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Scalar } from 'yaml'
import { isBareReference } from '../config/references.ts'

/**
 * The text of a file with `'***'` for every credential that stands in it, all else byte for byte. `${NAME}`s stay: they
 * are no credentials. What is one is told by its key, since a text that was stored need not be one that decodes.
 */
export function concealSecrets(text: string): string {
  // Offsets of the parser are those behind a byte order mark.
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  const body = text.slice(mark.length)
  const document = parseDocument(body, { schema: 'core', uniqueKeys: false, strict: false })
  const found = new Set<Scalar>()
  collect(document.contents, { document, isSecret: false, key: '' }, found)
  const concealed = [...found]
    .flatMap(({ range }) => (range === undefined || range === null ? [] : [range]))
    .toSorted(([a], [b]) => b - a)
    .reduce(
      (left, [start, end]) => left.slice(0, start) + standIn(left, end) + left.slice(end),
      body,
    )
  return mark + concealed
}

/** A text in block style ends with its line. */
const standIn = (text: string, end: number): string =>
  text[end - 1] === '\n' ? "'***'\n" : "'***'"

interface Here {
  readonly document: Document
  /** Whether everything below is meant. */
  readonly isSecret: boolean
  /** The key that leads here. */
  readonly key: string
}

function collect(node: unknown, here: Here, found: Set<Scalar>): void {
  if (isAlias(node)) {
    const target = node.resolve(here.document)
    if (here.isSecret) collect(target, here, found)
  } else if (isSeq(node)) {
    for (const item of node.items) collect(item, here, found)
  } else if (isMap(node)) {
    for (const { key, value } of node.items) {
      const name = squash(isScalar(key) ? String(key.value) : '')
      const isSecret = here.isSecret ? !OPEN.has(name) : isTelltale(name, here.key)
      collect(value, { ...here, isSecret, key: name }, found)
    }
  } else if (isScalar(node) && here.isSecret && isLiteral(node.value)) found.add(node)
}

/** Keys of credentials, in the spellings that are read alike. */
const TELLTALE = /(?:password|passwd|secret|secretkey|securekey|apikey|^token)$/
/** Headers that usually carry one. */
const TELLTALE_HEADER = /authorization|cookie|token|secret|password|apikey/
/** What stands beside a credential and is none. */
const OPEN = new Set(['name', 'username'])
/** Fields of answers, which may have any name. */
const FIELDS = new Set(['mapping'])

function isTelltale(name: string, parent: string): boolean {
  if (FIELDS.has(parent)) return false
  if (parent === 'headers') return TELLTALE_HEADER.test(name)
  return name === 'auth' || (name === 'users' && parent === 'basic') || TELLTALE.test(name)
}

const squash = (text: string): string => text.toLowerCase().replaceAll(/[_-]/g, '')

/** A reference without a default names a credential and holds none. */
const isLiteral = (value: unknown): boolean =>
  typeof value === 'number' ||
  (typeof value === 'string' && value !== '' && !isBareReference(value))
