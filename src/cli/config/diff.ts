import type { Command } from 'commander'
import { configOption } from '../options.ts'
import { ACCESS, connect, must, urlOption } from '../remote.ts'
import { compareWithLocal, printChanges, printRemoteDiff, readRemote } from './changes.ts'
import { readLocal } from './local.ts'

interface DiffFlags {
  readonly config: string
  readonly url: string
  readonly json?: boolean
}

/** `cb-bridge config diff`: what a push would change, or what has changed between two snapshots. */
export function addDiff(group: Command): void {
  group
    .command('diff')
    .description('show what differs between a gateway and a directory, or between two snapshots')
    .argument('[from]', 'hash of a snapshot')
    .argument('[to]', 'hash of a later one; the head when absent')
    .addOption(configOption())
    .addOption(urlOption())
    .option('--json', 'print both texts of each file as JSON')
    .addHelpText(
      'after',
      `${ACCESS}\nExamples:\n  $ npx cb-bridge config diff --config routes\n  $ npx cb-bridge config diff 3f2a9c... head`,
    )
    .action(async (from: string | undefined, to: string | undefined, flags: DiffFlags) => {
      await (from === undefined ? diffWithLocal(flags) : diffSnapshots(from, to ?? 'head', flags))
    })
}

async function diffWithLocal({ config, url, json }: DiffFlags): Promise<void> {
  const client = connect(url)
  const changes = await compareWithLocal(client, await readRemote(client), readLocal(config))
  if (json === true) {
    const files = changes.map(({ name, before = null, after = null }) => ({ name, before, after }))
    console.log(JSON.stringify({ files }, null, 2))
  } else if (changes.length > 0) console.log(printChanges(changes))
}

async function diffSnapshots(from: string, to: string, { url, json }: DiffFlags): Promise<void> {
  const { body } = await must(connect(url).diff(from, to))
  const text = json === true ? JSON.stringify(body, null, 2) : printRemoteDiff(body)
  if (text !== '') console.log(text)
}
