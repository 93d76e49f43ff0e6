import { LineCounter, parseDocument } from 'yaml'
import type { Complaint, Diagnostic, Severity } from './diagnostics.ts'
import { complaintAboutYaml } from './yaml-errors.ts'
import { toData, type Tree } from './yaml-data.ts'

/** A file of the configuration: its name as shown in diagnostics, and its text. */
export interface SourceFile {
  readonly name: string
  readonly text: string
}

/** 1-based. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A YAML file as plain data. */
export interface YamlFile {
  readonly name: string
  readonly tree: Tree
  readonly diagnostics: readonly Diagnostic[]
  readonly position: (offset: number) => Position
}

/** Syntax errors reported for one file; what follows is mostly an echo of them. */
const MOST_SYNTAX_ERRORS = 20
/** Characters of a file: some 40,000 endpoints. */
const LONGEST = 16 * 2 ** 20

/**
 * Parses one YAML file (1.2 core schema; merge keys as in 1.1) to plain data. Never throws: whatever is wrong becomes
 * a diagnostic. A key that occurs twice in a map has the severity `repeatedKey`, and the last one wins.
 */
export function readYaml(file: SourceFile, repeatedKey: Severity): YamlFile {
  if (file.text.length > LONGEST) return tooLong(file.name)
  const text = file.text.startsWith('\uFEFF') ? file.text.slice(1) : file.text
  const counter = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: false,
    strict: false,
    schema: 'core',
  })
  const position = (offset: number): Position => {
    const { line, col } = counter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const diagnostics: Diagnostic[] = []
  const report = (severity: Severity, offset: number, complaint: Complaint) => {
    diagnostics.push({ file: file.name, ...position(offset), severity, ...complaint })
  }
  for (const error of [...document.errors, ...document.warnings].slice(0, MOST_SYNTAX_ERRORS)) {
    const { severity, ...complaint } = complaintAboutYaml(error, text)
    if (!isEcho(diagnostics.at(-1), complaint.message, position(error.pos[0]).line)) {
      report(severity, error.pos[0], complaint)
    }
  }
  const replaced = text.indexOf('\uFFFD')
  if (replaced >= 0) report('warning', replaced, NOT_UTF8)
  const hasSyntaxErrors = diagnostics.some(({ severity }) => severity === 'error')
  const tree = hasSyntaxErrors ? NO_TREE : toData(document.contents, { repeatedKey, report })
  return { name: file.name, tree, diagnostics, position }
}

function tooLong(name: string): YamlFile {
  const start: Position = { line: 1, column: 1 }
  const message = 'The file is too long.'
  const hint = 'At most 16 MiB are read; use several files.'
  const diagnostic: Diagnostic = { file: name, ...start, severity: 'error', message, hint }
  return { name, tree: NO_TREE, diagnostics: [diagnostic], position: () => start }
}

const NO_TREE: Tree = { root: null, data: undefined, aliases: new Map(), isComplete: false }
const NOT_UTF8: Complaint = {
  message: 'The file is not valid UTF-8 text.',
  hint: 'Save it in UTF-8; what could not be read was replaced.',
}

/** The parser often repeats itself until it finds its feet again, a line or a few later. */
function isEcho(last: Diagnostic | undefined, message: string, line: number): boolean {
  return (
    last !== undefined && (last.line === line || (last.message === message && line - last.line < 3))
  )
}
