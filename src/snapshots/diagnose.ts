import { type Diagnostic, type Fault, isSameError } from '../config/diagnostics.ts'
import { findHastyBypasses } from '../config/hasty-bypasses.ts'
import { omit } from '../lib/omit.ts'
import { type KnownFile, type Reader, SYSTEM_FILES } from './reading.ts'
import type { Registry } from './stored.ts'

/** What is wrong with a draft, and what is needed to say where. */
interface Findings {
  readonly files: readonly KnownFile[]
  /** Found while it was compiled. */
  readonly faults: readonly Fault[]
  /** Whether the system file sets `timeout`. */
  readonly setsTimeout: boolean
  readonly registry: Registry
}

/** All diagnostics of a draft: those of the files that were read now, and those of compiling, wherever they stand. */
export async function diagnoseAll(
  { files, faults, setsTimeout, registry }: Findings,
  reader: Reader,
): Promise<readonly Diagnostic[]> {
  const read = files.flatMap(({ reading }) => reading?.diagnostics ?? [])
  const hasty = setsTimeout ? [] : files.flatMap(findHasty)
  const isRegistered = ({ place }: Fault) =>
    place.path[0] === 'upstreams' && Object.hasOwn(registry, String(place.path[1]))
  const found = [...hasty, ...faults.filter((fault) => !isRegistered(fault))]
  const placed = await Promise.all(
    files.map(async (file) => {
      const own = found.filter(({ place }) => place.file === file.name)
      return own.length === 0 ? [] : reader.diagnose(file, own)
    }),
  )
  const fresh = placed.flat().filter((diagnostic) => !read.some(isSameError(diagnostic)))
  const registered = faults.filter(isRegistered).map(toRegistered)
  return [...read, ...fresh, ...registered].toSorted(inOrder)
}

const findHasty = ({ reading }: KnownFile): readonly Fault[] =>
  reading?.read?.kind === 'group' ? findHastyBypasses(reading.read.definitions) : []

/** A registered upstream stands in no file; what is wrong with it is told under its name. */
const toRegistered = (fault: Fault): Diagnostic => ({
  file: `upstreams/${String(fault.place.path[1])}`,
  line: 1,
  column: 1,
  ...omit(fault, 'place', 'missing'),
  message: `${fault.place.path.slice(2).join('.')}: ${fault.message}`,
})

const inOrder = (a: Diagnostic, b: Diagnostic): number =>
  a.file === b.file ? a.line - b.line || a.column - b.column : rank(a.file) < rank(b.file) ? -1 : 1

/** The system file comes first. */
const rank = (file: string): string => (SYSTEM_FILES.includes(file) ? '' : file)
