import type { Command } from 'commander'
import { previewUp } from '../../infra/operate/operate.ts'
import { SECRETS, type StackFlags, withStackOptions } from './stack/options.ts'
import { showing, showTo } from './stack/show.ts'
import { withWork } from './stack/work.ts'

/** `cb-bridge preview`: what `up` would change. */
export function addPreview(program: Command): void {
  withStackOptions(program.command('preview'))
    .description('tell what "up" would change, and change nothing')
    .addHelpText(
      'after',
      `${SECRETS}\n\nExample:\n  $ npx cb-bridge preview --stack dev --context kind`,
    )
    .action((flags: StackFlags) => {
      const show = showTo(flags.json === true)
      return showing(flags.json === true, () =>
        withWork(flags, { show, recalls: false, changes: true }, previewUp),
      )
    })
}
