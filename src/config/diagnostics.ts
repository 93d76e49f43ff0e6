/** Where in the configuration something stands: a file and the path of keys and indexes inside it. */
export interface Place {
  readonly file: string
  readonly path: readonly (string | number)[]
  /** True when the key itself is meant, not its value. */
  readonly isKey?: true
}

/** What is wrong with a value, before it is known where it stands. */
export interface Complaint {
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
}

/** Errors stop a load; warnings and notices never do. */
export type Severity = 'error' | 'warning' | 'notice'

/** A fault of the configuration before it is known which line it stands on. */
export interface Fault {
  readonly severity: Severity
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
  /** The `${NAME}` without a value, where that is what is wrong. */
  readonly missing?: string
  readonly place: Place
}

/** A fault with its position: 1-based line and column. */
export interface Diagnostic {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly severity: Severity
  readonly message: string
  readonly hint?: string
}

/** `file:line:column: severity: message (hint)`, the form that editors and CI systems parse. */
export function printDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, hint } = diagnostic
  return `${file}:${line}:${column}: ${severity}: ${message}${hint === undefined ? '' : ` (${hint})`}`
}

/** Loading and compiling may find the same error; the first word on a line is enough. */
export const isSameError =
  (one: Diagnostic) =>
  (other: Diagnostic): boolean =>
    one.severity === 'error' &&
    other.severity === 'error' &&
    other.file === one.file &&
    other.line === one.line
