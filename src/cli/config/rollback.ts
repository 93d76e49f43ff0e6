import type { Command } from 'commander'
import type { AdminClient } from '../../client/client.ts'
import type { RemoteSnapshot } from '../../client/types.ts'
import { UserFault } from '../fault.ts'
import { ACCESS, connect, must, urlOption, yesOption } from '../remote.ts'
import { agree } from './agree.ts'
import { printConsequences, printRemoteDiff } from './changes.ts'

interface RollbackFlags {
  readonly url: string
  readonly message: string
  readonly withUpstreams?: boolean
  readonly yes?: boolean
}

/** `cb-bridge config rollback`: publishes an earlier state again. */
export function addRollback(group: Command): void {
  group
    .command('rollback')
    .description('publish the files of an earlier snapshot again')
    .argument('<snapshot>', 'its hash, the beginning of it, or its number')
    .addOption(urlOption())
    .option('--with-upstreams', "also return to its registered upstreams; otherwise today's stay")
    .option('--message <text>', 'why, for the history', '')
    .addOption(yesOption())
    .addHelpText('after', `${ACCESS}\nExample:\n  $ npx cb-bridge config rollback 41`)
    .action(rollback)
}

async function rollback(wanted: string, flags: RollbackFlags): Promise<void> {
  const client = connect(flags.url)
  const { snapshot, etag } = await findSnapshot(client, wanted)
  const withUpstreams = flags.withUpstreams === true
  const { body } = await must(client.diff('head', snapshot.hash))
  const text = printRemoteDiff(withUpstreams ? body : { ...body, upstreams: [] })
  if (text === '') {
    console.log(`nothing to do: the gateway serves the files of number ${snapshot.number}`)
    return
  }
  console.log(text)
  await agree(`Roll ${flags.url} back to number ${snapshot.number}?`, flags)
  const message = flags.message === '' ? `rollback to number ${snapshot.number}` : flags.message
  const done = await must(client.rollback(snapshot.hash, { withUpstreams, message, ifMatch: etag }))
  console.log(printConsequences(done.body.consequences))
  console.log(
    `published ${done.body.snapshot.hash.slice(0, 12)} (number ${done.body.snapshot.number})`,
  )
}

/** By hash, its beginning or number, among all that are kept; and the head's entity tag. */
async function findSnapshot(client: AdminClient, wanted: string) {
  let cursor: string | undefined
  let head: string | undefined
  do {
    const page = await must(
      client.listSnapshots({ limit: 500, ...(cursor !== undefined && { cursor }) }),
    )
    head ??= page.etag
    const found = page.body.items.filter((snapshot) => isMeant(snapshot, wanted))
    const [snapshot] = found
    if (found.length > 1) throw new UserFault(`${wanted} is the beginning of several hashes`)
    if (snapshot !== undefined) return { snapshot, etag: head ?? '' }
    cursor = page.body.next
  } while (cursor !== undefined)
  throw new UserFault(`there is no snapshot ${wanted}; \`cb-bridge config history\` lists them`)
}

const isMeant = ({ hash, number }: RemoteSnapshot, wanted: string): boolean =>
  String(number) === wanted || (wanted.length >= 6 && hash.startsWith(wanted))
