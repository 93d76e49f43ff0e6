import type { Place } from '../config/diagnostics.ts'
import type { Definition, SystemDocument } from '../config/document.ts'
import { below, type Checks } from './checks.ts'
import type { Encoding } from './types.ts'

/** How the answers of a route are read and written. */
export interface Encodings {
  readonly output: Encoding
  /** One for each backend. */
  readonly backends: readonly Encoding[]
}

/** The endpoint whose encodings are settled. */
interface Subject {
  readonly definition: Definition
  readonly place: Place
  readonly system: SystemDocument
  readonly isBypass: boolean
  /** Whether an answer is to be changed at all. */
  readonly isShaped: boolean
}

/**
 * Inherits and checks encodings and gives a meaning to the combinations that had none in the original: `no-op` on
 * either side of a single backend hands the answer on as it is, and so does a bypass with the default json on both
 * sides and nothing to shape.
 */
export function settleEncodings(subject: Subject, checks: Checks): Encodings {
  const { definition, place, system } = subject
  const own = definition.output_encoding
  const output =
    own === undefined
      ? read(system.output_encoding, { file: system.file, path: ['output_encoding'] }, checks)
      : read(own, below(place, 'output_encoding'), checks)
  const backends = definition.backend.map(({ encoding }, index) =>
    read(encoding, below(place, 'backend', index, 'encoding'), checks),
  )
  return backends.length > 1
    ? settleMerge({ output, backends }, subject, checks)
    : settleSingle({ output, backends }, subject, checks)
}

function settleSingle(asked: Encodings, subject: Subject, checks: Checks): Encodings {
  const { definition, place, isBypass, isShaped } = subject
  const isNoOp = asked.output === 'no-op' || asked.backends[0] === 'no-op'
  const isJson = asked.output === 'json' && asked.backends[0] === 'json'
  if (isNoOp && isShaped) {
    checks.warn(below(place, 'backend', 0), {
      message: 'With no-op the answer is handed on as it is; what shapes it is ignored.',
      hint: 'Use encoding and output_encoding json to shape the answer.',
    })
  }
  if (isNoOp && asked.output !== 'no-op' && definition.output_encoding !== undefined) {
    checks.warn(below(place, 'output_encoding'), {
      message: 'The backend says no-op, so the answer is handed on as it is.',
      hint: 'Write output_encoding: no-op as well.',
    })
  }
  return isNoOp || (isBypass && isJson && !isShaped)
    ? { output: 'no-op', backends: asked.backends.map(() => 'no-op' as const) }
    : asked
}

function settleMerge(asked: Encodings, subject: Subject, checks: Checks): Encodings {
  const { definition, place } = subject
  if (asked.output === 'no-op' && definition.output_encoding !== undefined) {
    checks.error(below(place, 'output_encoding'), {
      message: 'no-op hands on one answer; this endpoint has several backends.',
      hint: 'Use json, or leave one backend.',
    })
  }
  for (const [index, encoding] of asked.backends.entries()) {
    if (encoding !== 'no-op') continue
    checks.warn(below(place, 'backend', index, 'encoding'), {
      message: 'An answer that is merged with others is read as json, not no-op.',
      hint: 'Write encoding: json.',
    })
  }
  const toMergeable = (encoding: Encoding) => (encoding === 'no-op' ? 'json' : encoding)
  return { output: toMergeable(asked.output), backends: asked.backends.map(toMergeable) }
}

function read(text: string, place: Place, checks: Checks): Encoding {
  const encoding = text.toLowerCase()
  if (encoding === 'json' || encoding === 'string' || encoding === 'no-op') return encoding
  if (!checks.isOpen(text)) {
    checks.error(place, {
      message: 'This encoding is unknown.',
      hint: 'Use json, string or no-op.',
    })
  }
  return 'json'
}
