import type { YAMLError } from 'yaml'
import type { Complaint, Severity } from './diagnostics.ts'

type Code = YAMLError['code']

/**
 * What a YAML error means, in sentences of our own: the parser's may quote the text, and the text may be a secret.
 */
export function complaintAboutYaml(
  error: YAMLError,
  text: string,
): Complaint & { readonly severity: Severity } {
  const severity =
    error.name === 'YAMLWarning' || error.code === 'MULTIPLE_DOCS' ? 'warning' : 'error'
  const complaint = SENTENCES[error.code]
  return isBeforeReference(text, error.pos[0])
    ? { severity, message: complaint.message, hint: QUOTE_REFERENCE }
    : { severity, ...complaint }
}

const QUOTE_REFERENCE = 'Inside braces or brackets a reference needs quotes: "${NAME}".'

/** Whether the line up to just behind the offset holds the `${` that a flow collection cannot. */
function isBeforeReference(text: string, offset: number): boolean {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return /[{[].*\$\{/.test(text.slice(start, offset + 2))
}

const STRUCTURE: Complaint = {
  message: 'The text does not fit the structure here.',
  hint: 'Check the indentation, or put the text in quotes.',
}
const TAGS: Complaint = { message: 'This YAML tag is not used here.', hint: 'Remove the tag.' }
const ANCHOR: Complaint = {
  message: 'An anchor or tag stands where it does not belong.',
  hint: 'Write it once, before the value.',
}

const SENTENCES: Readonly<Record<Code, Complaint>> = {
  ALIAS_PROPS: ANCHOR,
  BAD_ALIAS: {
    message: 'The alias or anchor has no valid name.',
    hint: 'Put a text that begins with "*" or "&" in quotes.',
  },
  BAD_DIRECTIVE: { message: 'This YAML directive is not known.' },
  BAD_DQ_ESCAPE: {
    message: 'The escape sequence is not valid.',
    hint: 'In double quotes write \\\\ for a backslash, or use single quotes.',
  },
  BAD_INDENT: {
    message: 'The indentation is wrong.',
    hint: 'Entries of one list or map begin in the same column, and brackets are closed.',
  },
  BAD_PROP_ORDER: ANCHOR,
  BAD_SCALAR_START: {
    message: 'A text cannot begin with this character.',
    hint: 'Put the text in quotes.',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'A second "key: value" begins on the same line.',
    hint: 'Put a text that holds ": " in quotes.',
  },
  BLOCK_IN_FLOW: {
    message: 'A block list or map stands inside brackets.',
    hint: 'Inside [ ] and { } write everything with brackets.',
  },
  DUPLICATE_KEY: { message: 'The key occurs twice.' },
  IMPOSSIBLE: STRUCTURE,
  KEY_OVER_1024_CHARS: { message: 'The key is too long.' },
  MISSING_CHAR: {
    message: 'A colon, comma, bracket, quote or space is missing.',
    hint: 'Look at this line and the one before it.',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'The key is not on one line with its colon.',
    hint: 'Check that the line before it is complete.',
  },
  MULTIPLE_ANCHORS: ANCHOR,
  MULTIPLE_DOCS: {
    message: 'Only the first YAML document of a file is read.',
    hint: 'Put what follows "---" in a file of its own.',
  },
  MULTIPLE_TAGS: TAGS,
  NON_STRING_KEY: { message: 'The key is no text.' },
  RESOURCE_EXHAUSTION: {
    message: 'The file is nested too deeply.',
    hint: 'Check for unclosed brackets.',
  },
  TAB_AS_INDENT: {
    message: 'A tab is used as indentation.',
    hint: 'YAML is indented with spaces.',
  },
  TAG_RESOLVE_FAILED: TAGS,
  UNEXPECTED_TOKEN: STRUCTURE,
  BAD_COLLECTION_TYPE: TAGS,
}
