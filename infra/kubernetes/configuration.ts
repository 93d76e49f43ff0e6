import { createHash } from 'node:crypto'
import { basename } from 'node:path/posix'
import type { Component, File } from '../system/model.ts'

type Texts = Readonly<Record<string, string>>

/** The plain configuration of a component as the contents of ConfigMaps; an absent one would be empty. */
export interface Configuration {
  /** Variables of the environment. */
  readonly variables?: Texts
  /** Configuration files by key. */
  readonly files?: Texts
}

/** What goes into a component's ConfigMaps. */
export function configurationOf({ variables, files }: Component): Configuration {
  return {
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
    ...(files.length === 0
      ? {}
      : { files: Object.fromEntries(files.map((file, i) => [fileKey(file, i), file.text])) }),
  }
}

/** A key of a ConfigMap for a file: its position keeps files of one name apart. */
export const fileKey = ({ path }: File, index: number): string => `${index}-${basename(path)}`

/**
 * A short hash of contents, whatever order their keys have. It stands in a pod template, so that changed contents start
 * new pods. Of secrets it tells nothing: they have 100 random bits or more.
 */
export function hashOf(contents: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(contents)))
    .digest('hex')
    .slice(0, 16)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
