import { createHash } from 'node:crypto'
import type { AdminClient } from '../../client/client.ts'
import type { RemoteConsequences, RemoteDiff, RemoteFile } from '../../client/types.ts'
import { printDiagnostic } from '../../config/diagnostics.ts'
import { paint } from '../colours.ts'
import { must } from '../remote.ts'
import { printTextDiff, type TextChange } from '../text-diff.ts'
import type { LocalFiles } from './local.ts'

/** The files of a snapshot and the head's entity tag when they were listed. */
export interface RemoteState {
  readonly files: readonly RemoteFile[]
  readonly etag: string
}

/** Lists the files of a snapshot, by default the head. */
export async function readRemote(client: AdminClient, snapshot?: string): Promise<RemoteState> {
  const { body, etag = '' } = await must(client.listFiles(snapshot))
  return { files: body.items, etag }
}

/** From the gateway to this machine: every file that differs, with both texts; only those are fetched. */
export async function compareWithLocal(
  client: AdminClient,
  remote: RemoteState,
  local: LocalFiles,
): Promise<readonly TextChange[]> {
  const snapshot = remote.etag.replaceAll('"', '')
  const known = new Map(remote.files.map((file) => [file.name, file]))
  const names = [...new Set([...known.keys(), ...local.keys()])].toSorted()
  const changes: TextChange[] = []
  for (const name of names) {
    const [file, after] = [known.get(name), local.get(name)]
    if (file !== undefined && after !== undefined && hash(after) === file.hash) continue
    const before =
      file === undefined ? undefined : (await must(client.readFile(name, snapshot))).body
    if (before !== after) changes.push({ name, before, after })
  }
  return changes
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

export const printChanges = (changes: readonly TextChange[]): string =>
  changes.map(printTextDiff).join('\n')

/** What lies between two snapshots, as text. */
export const printRemoteDiff = ({ files, upstreams }: RemoteDiff): string =>
  printChanges([
    ...files.map(({ name, before, after }) => ({
      name,
      before: before ?? undefined,
      after: after ?? undefined,
    })),
    ...upstreams.map(({ name, before, after }) => ({
      name: `upstream ${name}`,
      before: toText(before),
      after: toText(after),
    })),
  ])

/** Without what changes with every change. */
function toText(upstream: object | null): string | undefined {
  if (upstream === null) return undefined
  const { revision: _, ...rest } = upstream as Readonly<Record<string, unknown>>
  return `${JSON.stringify(rest, null, 2)}\n`
}

/** What a change does to the routes, and what is odd about it. */
export function printConsequences(consequences: RemoteConsequences): string {
  const { diagnostics, added, removed, changed } = consequences
  const lines = [
    ...added.map((route) => paint('green', `  + ${show(route)}`)),
    ...removed.map((route) => paint('red', `  - ${show(route)}`)),
    ...changed.map((route) => paint('yellow', `  ~ ${show(route)}`)),
  ]
  const counts = `${added.length} added, ${removed.length} removed, ${changed.length} changed`
  return [...diagnostics.map(printDiagnostic), `routes: ${counts}`, ...lines].join('\n')
}

const show = ({ method, path, file }: { method: string; path: string; file: string }): string =>
  `${method === '*' ? 'ANY' : method} ${path}  ${paint('dim', file)}`
