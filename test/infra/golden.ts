import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

const DIRECTORY = join(import.meta.dirname, 'golden')

/** A manifest of a golden file. */
export interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** The golden files: manifests that the program makes of some settings. */
export const GOLDEN: readonly string[] = readdirSync(DIRECTORY)

/** The manifests of a golden file, read as kubectl does. */
export const manifestsIn = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(join(DIRECTORY, file), 'utf8'), { version: '1.1' }).map(
    (document) => document.toJS() as Manifest,
  )
