import type { Command } from 'commander'
import { ACCESS, connect, urlOption, yesOption } from '../remote.ts'
import { agree } from './agree.ts'
import { compareWithLocal, printChanges, readRemote } from './changes.ts'
import { readLocalIfAny, writeLocal } from './local.ts'

interface PullFlags {
  readonly out: string
  readonly url: string
  readonly snapshot?: string
  readonly yes?: boolean
}

/** `cb-bridge config pull`: the files as they were pushed, comments included. */
export function addPull(group: Command): void {
  group
    .command('pull')
    .description('write the files that a gateway serves into a directory, as they were pushed')
    .option('--out <dir>', 'where to', '.')
    .addOption(urlOption())
    .option('--snapshot <hash>', 'an earlier state instead of the head')
    .addOption(yesOption())
    .addHelpText('after', `${ACCESS}\nExample:\n  $ npx cb-bridge config pull --out routes`)
    .action(pull)
}

async function pull({ out, url, snapshot, ...flags }: PullFlags): Promise<void> {
  const client = connect(url)
  const remote = await readRemote(client, snapshot)
  const local = readLocalIfAny(out)
  const differing = await compareWithLocal(client, remote, local)
  const overwritten = differing.filter(
    ({ before, after }) => before !== undefined && after !== undefined,
  )
  if (overwritten.length > 0) {
    console.log(printChanges(overwritten.map(reverse)))
    await agree(`Overwrite ${overwritten.length} of the files in ${out}?`, flags)
  }
  let written = 0
  for (const { name, before } of differing) {
    if (before === undefined) {
      console.error(`note: ${name} is not in the gateway; it stays where it is`)
      continue
    }
    writeLocal(out, name, before)
    written++
  }
  console.log(`${written} written, ${remote.files.length - written} as they were, in ${out}`)
}

const reverse = <T extends { readonly before: unknown; readonly after: unknown }>(
  change: T,
): T => ({
  ...change,
  before: change.after,
  after: change.before,
})
