import type { Command } from 'commander'
import { stop } from '../../infra/operate/operate.ts'
import { removalOf, removeAll } from '../../infra/operate/remove.ts'
import type { Work } from '../../infra/operate/work.ts'
import { agree } from './config/agree.ts'
import { yesOption } from './remote.ts'
import { SECRETS, type StackFlags, withStackOptions } from './stack/options.ts'
import { type Show, showing, showTo } from './stack/show.ts'
import { withWork } from './stack/work.ts'

interface DownFlags extends StackFlags {
  readonly deleteData?: boolean
  readonly yes?: boolean
}

/** `cb-bridge down`: stops a stack and keeps its data, or removes all of it. */
export function addDown(program: Command): void {
  withStackOptions(program.command('down'))
    .description('stop the components of a stack; their data stays')
    .option('--delete-data', 'remove everything of the stack, its volumes and secrets, too')
    .addOption(yesOption())
    .addHelpText(
      'after',
      `${SECRETS}\n\nExample:\n  $ npx cb-bridge down --stack dev --context kind`,
    )
    .action((flags: DownFlags) => {
      const show = showTo(flags.json === true)
      const options = { show, recalls: true, changes: true }
      return showing(flags.json === true, () =>
        withWork(flags, options, (work) =>
          flags.deleteData === true ? removeAgreed(work, flags, show) : stop(work),
        ),
      )
    })
}

async function removeAgreed(work: Work, flags: DownFlags, { say }: Show) {
  for (const object of await removalOf(work)) say(`will be removed: ${object}`)
  await agree(`Remove all of these, and the data in them?`, flags)
  return removeAll(work)
}
