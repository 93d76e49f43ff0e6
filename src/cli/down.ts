import type { Command } from 'commander'
import { load } from './stack/load.ts'
import { yesOption } from './remote.ts'
import type { DownFlags } from './stack/down.ts'
import { SECRETS, withStackOptions } from './stack/options.ts'

/** `cb-bridge down`: stops a stack and keeps its data, or removes all of it. */
export function addDown(program: Command): void {
  withStackOptions(program.command('down'))
    .description('stop the components of a stack; their data stays')
    .option('--delete-data', 'remove everything of the stack, its volumes and secrets, too')
    .option(
      '--without-gateway',
      'for a gateway that is gone: what the stack has there is left alone, and told',
    )
    .addOption(yesOption())
    .addHelpText(
      'after',
      `${SECRETS}\n\nExample:\n  $ npx cb-bridge down --stack dev --context kind`,
    )
    .action(async (flags: DownFlags) => (await load(() => import('./stack/down.ts'))).down(flags))
}
