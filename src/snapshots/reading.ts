import type { Diagnostic, Fault } from '../config/diagnostics.ts'
import type { FileReading } from '../config/file.ts'
import { VERSION } from '../lib/version.ts'
import { type Blob, type Blobs, toBlob, toJsonBlob } from './blobs.ts'
import type { BlobRef, FileNode, ReadFile } from './stored.ts'

/** A file of a draft: as it stands in the store, or a new text. */
export type DraftFile = FileNode | string

/** A file whose content is known. */
export interface KnownFile {
  readonly name: string
  readonly text: BlobRef
  readonly parsed: BlobRef
  /** Blobs that are not in the store yet. */
  readonly blobs: readonly Blob[]
  /** Only of files that were parsed just now. */
  readonly reading?: Reading
}

/** A file that was parsed just now. */
export interface Reading {
  readonly diagnostics: readonly Diagnostic[]
  readonly diagnose: (faults: readonly Fault[]) => readonly Diagnostic[]
  readonly read: ReadFile | undefined
}

/** Knows files, and parses each text once. */
export interface Reader {
  readonly know: (name: string, file: DraftFile) => Promise<KnownFile>
  /** What a known file says; undefined when it is no configuration. */
  readonly open: (file: KnownFile) => Promise<ReadFile | undefined>
  /** Faults in a known file with their positions. */
  readonly diagnose: (file: KnownFile, faults: readonly Fault[]) => Promise<readonly Diagnostic[]>
}

/** System files, under the new name or the one of cb-restapigw. */
export const SYSTEM_FILES: readonly string[] = ['gateway.yaml', 'cb-restapigw.yaml']

/** A reader for one change: its memory ends with it. */
export function createReader(blobs: Blobs, allowMissing: boolean): Reader {
  const readings = new Map<string, Promise<Reading>>()
  const parse = (name: string, text: string): Promise<Reading> => {
    const key = `${name}\0${text}`
    const known = readings.get(key) ?? readText(name, text, allowMissing)
    readings.set(key, known)
    return known
  }
  const know: Reader['know'] = async (name, file) => {
    if (typeof file !== 'string') {
      if (file.by === VERSION) return { name, text: file.text, parsed: file.parsed, blobs: [] }
      return know(name, (await blobs.read([file.text]))[0] ?? '')
    }
    const reading = await parse(name, file)
    const written = await Promise.all([toBlob(file), toJsonBlob(reading.read ?? null)])
    const [text, parsed] = written
    return { name, text: text.ref, parsed: parsed.ref, blobs: written, reading }
  }
  return {
    know,
    open: async ({ reading, parsed }) =>
      reading === undefined
        ? (JSON.parse((await blobs.read([parsed]))[0] ?? '') as ReadFile)
        : reading.read,
    diagnose: async ({ name, text, reading }, faults) => {
      const found = reading ?? (await parse(name, (await blobs.read([text]))[0] ?? ''))
      return found.diagnose(faults)
    },
  }
}

/** YAML is parsed where something is published, and nowhere else: its parser is loaded when it is needed. */
async function readText(name: string, text: string, allowMissing: boolean): Promise<Reading> {
  const { readGroupFile, readSystemFile } = await import('../config/file.ts')
  // Requests on the same isolate go first.
  await new Promise((resolve) => setTimeout(resolve, 0))
  const source = { name, text }
  if (SYSTEM_FILES.includes(name)) {
    const file = readSystemFile(source, { allowMissing })
    const { system, setsTimeout } = file
    return toReading(
      file,
      system === undefined ? undefined : { kind: 'system', system, setsTimeout },
    )
  }
  const file = readGroupFile(source, { allowMissing })
  return toReading(file, { kind: 'group', definitions: file.definitions })
}

const toReading = (
  { diagnostics, diagnose }: FileReading,
  read: ReadFile | undefined,
): Reading => ({
  diagnostics,
  diagnose,
  read,
})
