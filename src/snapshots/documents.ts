import { own } from '../lib/own.ts'
import { err, ok } from '../lib/result.ts'
import { sha256 } from '../lib/sha256.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Editor } from './change.ts'
import { type DraftFile, SYSTEM_FILES } from './reading.ts'
import { reopened } from './registry.ts'
import { revisionOf, type State } from './state.ts'
import type { DocumentChange, Refused } from './types.ts'

/** Text of one change. */
const MOST_BYTES = 32 * 1024 * 1024
const LONGEST_NAME = 200
const GROUP_FILE = /^apis\/[^./\\][^/\\]*\.ya?ml$/

/** Puts and removes files, where they are as the writer has seen them. */
export const editDocuments =
  ({ put, remove = [], isComplete = false, ifRevisions = {}, ifHead }: DocumentChange): Editor =>
  async ({ files, registry, snapshot }) => {
    const refusal =
      checkSize(put) ??
      checkNames(Object.keys(put)) ??
      checkSeen({ files, snapshot }, ifRevisions, ifHead) ??
      checkThere(files, remove)
    if (refusal !== undefined) return err(refusal)
    const kept = Object.entries<DraftFile>(isComplete ? {} : files)
    const texts = Object.entries(put).map(([name, text]) => [name, text.toWellFormed()] as const)
    const draft = Object.fromEntries(
      [...kept, ...texts].filter(([name]) => Object.hasOwn(put, name) || !remove.includes(name)),
    )
    // Who changes the system file says anew what its upstreams are.
    const isOther = await Promise.all(SYSTEM_FILES.map((name) => isChanged(name, files, draft)))
    return ok({ files: draft, registry: isOther.includes(true) ? reopened(registry) : registry })
  }

type Files = Readonly<Record<string, DraftFile>>

const isChanged = async (name: string, before: Files, after: Files): Promise<boolean> =>
  (await hashOf(own(before, name))) !== (await hashOf(own(after, name)))

const hashOf = async (file: DraftFile | undefined): Promise<string | undefined> =>
  typeof file === 'string' ? sha256(file) : file?.text.hash

/** What the writer has seen must still be so. */
export function checkSeen(
  { files, snapshot }: Pick<State, 'files' | 'snapshot'>,
  ifRevisions: Readonly<Record<string, number>>,
  ifHead: string | undefined,
): Refused | undefined {
  if (ifHead !== undefined && ifHead !== snapshot.hash) return { kind: 'stale', what: 'head' }
  const moved = Object.entries(ifRevisions).find(([name, seen]) => {
    const file = own(files, name)
    return (file === undefined ? 0 : revisionOf(file)) !== seen
  })
  return moved === undefined ? undefined : { kind: 'stale', what: moved[0] }
}

function checkSize(put: Readonly<Record<string, string>>): Refused | undefined {
  const bytes = Object.values(put).reduce((sum, text) => sum + encoder.encode(text).length, 0)
  return bytes > MOST_BYTES ? { kind: 'too-large', limitBytes: MOST_BYTES } : undefined
}

const encoder = new TextEncoder()

/** Names become files on disks, keys of a store and parts of paths. */
function checkNames(names: readonly string[]): Refused | undefined {
  const diagnostics = names
    .filter((name) => !isFileName(name))
    .map((file): Diagnostic => ({
      file,
      line: 1,
      column: 1,
      severity: 'error',
      message: 'This is no name of a configuration file.',
      hint: `The system file is ${SYSTEM_FILES.join(' or ')}; others are apis/<group>.yaml.`,
    }))
  return diagnostics.length === 0 ? undefined : { kind: 'invalid', diagnostics }
}

const isFileName = (name: string): boolean =>
  SYSTEM_FILES.includes(name) ||
  (GROUP_FILE.test(name) &&
    name.length <= LONGEST_NAME &&
    name.isWellFormed() &&
    !hasControls(name))

const hasControls = (name: string): boolean =>
  Array.from(name).some((character) => character < ' ' || character === '\u007f')

function checkThere(files: State['files'], remove: readonly string[]): Refused | undefined {
  const missing = remove.find((name) => own(files, name) === undefined)
  return missing === undefined ? undefined : { kind: 'missing', what: missing }
}
