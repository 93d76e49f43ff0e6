import { type Command, InvalidArgumentError } from 'commander'
import type { RemoteSnapshot } from '../../client/types.ts'
import { paint } from '../colours.ts'
import { ACCESS, connect, must, urlOption } from '../remote.ts'

/** `cb-bridge config history`: the newest snapshots. */
export function addHistory(group: Command): void {
  group
    .command('history')
    .description('list what was published, newest first')
    .option('--limit <number>', 'how many', parseLimit, 20)
    .addOption(urlOption())
    .option('--json', 'print the snapshots as JSON')
    .addHelpText('after', `${ACCESS}\nExample:\n  $ npx cb-bridge config history --limit 5`)
    .action(async (flags: { limit: number; url: string; json?: boolean }) => {
      const { body, etag } = await must(connect(flags.url).listSnapshots({ limit: flags.limit }))
      if (flags.json === true) console.log(JSON.stringify(body.items, null, 2))
      else for (const snapshot of body.items) console.log(printSnapshot(snapshot, etag))
    })
}

function printSnapshot(snapshot: RemoteSnapshot, head: string | undefined): string {
  const { hash, number, time, author, message, changed, pinned } = snapshot
  const marks = [...(head === `"${hash}"` ? ['head'] : []), ...(pinned ? ['pinned'] : [])]
  return [
    String(number).padStart(5),
    paint('yellow', hash.slice(0, 12)),
    time.replace('T', ' ').slice(0, 19),
    author,
    changed.join(', '),
    message,
    ...(marks.length > 0 ? [paint('green', `(${marks.join(', ')})`)] : []),
  ]
    .filter((part) => part !== '')
    .join('  ')
}

function parseLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) {
    throw new InvalidArgumentError('Not a number between 1 and 500.')
  }
  return limit
}
