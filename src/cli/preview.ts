import type { Command } from 'commander'
import { load } from './stack/load.ts'
import { SECRETS, type StackFlags, withStackOptions } from './stack/options.ts'

/** `cb-bridge preview`: what `up` would change. */
export function addPreview(program: Command): void {
  withStackOptions(program.command('preview'))
    .description('tell what "up" would change, and change nothing')
    .addHelpText(
      'after',
      `${SECRETS}\n\nExample:\n  $ npx cb-bridge preview --stack dev --context kind`,
    )
    .action(async (flags: StackFlags) =>
      (await load(() => import('./stack/preview.ts'))).preview(flags),
    )
}
