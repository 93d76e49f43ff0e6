import { own } from '../lib/own.ts'
import type { Archive } from './archive.ts'
import { readContent, readText, toFileEntry } from './content.ts'
import type { DraftFile } from './reading.ts'
import { openIn } from './registry.ts'
import type { SnapshotDiff } from './types.ts'

/** What lies between two snapshots; undefined when one is not there. */
export async function diffSnapshots(
  archive: Archive,
  from: string,
  to: string,
): Promise<SnapshotDiff | undefined> {
  const [before, after] = await Promise.all([readContent(archive, from), readContent(archive, to)])
  if (before === undefined || after === undefined) return undefined
  const files = await Promise.all(
    bothNames(before.files, after.files).map(async (name) => {
      const [one, other] = [own(before.files, name), own(after.files, name)]
      return (await isSameText(one, other))
        ? []
        : [{ name, before: await textOf(archive, one), after: await textOf(archive, other) }]
    }),
  )
  const upstreams = bothNames(before.registry, after.registry)
    .map((name) => ({
      name,
      before: openIn(before.registry, name),
      after: openIn(after.registry, name),
    }))
    .filter((entry) => entry.before?.revision !== entry.after?.revision)
  return { files: files.flat(), upstreams }
}

const bothNames = (a: object, b: object): readonly string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted()

async function isSameText(one: DraftFile | undefined, other: DraftFile | undefined) {
  if (one === undefined || other === undefined) return one === other
  return (await toFileEntry('', one)).hash === (await toFileEntry('', other)).hash
}

const textOf = async (archive: Archive, file: DraftFile | undefined) =>
  file === undefined ? undefined : readText(archive, file)
