import type { Command } from 'commander'
import type { AdminClient } from '../../client/client.ts'
import type { FileChange, RemoteConsequences } from '../../client/types.ts'
import { printDiagnostic } from '../../config/diagnostics.ts'
import { UserFault } from '../fault.ts'
import { configOption } from '../options.ts'
import { ACCESS, connect, must, reach, urlOption, yesOption } from '../remote.ts'
import type { TextChange } from '../text-diff.ts'
import { agree } from './agree.ts'
import { compareWithLocal, printChanges, printConsequences, readRemote } from './changes.ts'
import { readLocal } from './local.ts'

interface PushFlags {
  readonly config: string
  readonly url: string
  readonly message: string
  readonly yes?: boolean
  readonly json?: boolean
}

/** `cb-bridge config push`: makes a directory what a gateway serves. */
export function addPush(group: Command): void {
  group
    .command('push')
    .description('publish the files of a directory: all of them, or nothing')
    .addOption(configOption())
    .addOption(urlOption())
    .option('--message <text>', 'why, for the history', '')
    .addOption(yesOption())
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `${ACCESS}\nExample:\n  $ npx cb-bridge config push --config routes --url https://gateway.example.com --message 'longer timeouts'`,
    )
    .action(push)
}

async function push(flags: PushFlags): Promise<void> {
  const client = connect(flags.url)
  const local = readLocal(flags.config)
  const remote = await readRemote(client)
  const changes = await compareWithLocal(client, remote, local)
  if (changes.length === 0) {
    report(flags, { changed: false }, 'nothing to push: the gateway serves these files')
    return
  }
  const change = toChange(changes)
  const consequences = await preview(client, change)
  // What is asked about goes to stderr where stdout is for data.
  const show = flags.json === true ? console.error : console.log
  show(`${printChanges(changes)}\n\n${printConsequences(consequences)}`)
  await agree(`Publish to ${flags.url}?`, flags)
  const published = await reach(client.publish({ ...change, message: flags.message }, remote.etag))
  if (!published.ok && published.error.status === 412) {
    throw new UserFault(
      'nothing was changed: somebody published meanwhile; look at it and push again',
    )
  }
  const { snapshot } = (await must(Promise.resolve(published))).body
  report(
    flags,
    { changed: true, snapshot, consequences },
    `published ${snapshot.hash.slice(0, 12)} (number ${snapshot.number})`,
  )
}

function report(flags: PushFlags, data: object, text: string): void {
  console.log(flags.json === true ? JSON.stringify(data, null, 2) : text)
}

function toChange(changes: readonly TextChange[]): FileChange {
  const put = changes.flatMap(({ name, after }) => (after === undefined ? [] : [[name, after]]))
  const removed = changes.filter(({ after }) => after === undefined)
  return { put: Object.fromEntries(put), remove: removed.map(({ name }) => name) }
}

async function preview(client: AdminClient, change: FileChange): Promise<RemoteConsequences> {
  const { body } = await must(client.validate(change))
  if (body.ok) return body.consequences
  const lines = body.diagnostics.map(printDiagnostic)
  throw new UserFault(`nothing was changed: the configuration is not valid\n${lines.join('\n')}`)
}
