import type { Command } from 'commander'
import { load } from './stack/load.ts'
import { SECRETS, withStackOptions } from './stack/options.ts'
import type { StatusFlags } from './stack/status.ts'

/** `cb-bridge status`: how the components of a stack are, as cluster and gateway tell it. */
export function addStatus(program: Command): void {
  withStackOptions(program.command('status'))
    .description('tell how the components of a stack are; exit code 0 when all is ready and wired')
    .option('--watch', 'look again every two seconds, until Ctrl-C')
    .addHelpText(
      'after',
      `${SECRETS}\n\nExample:\n  $ npx cb-bridge status --stack dev --context kind --watch`,
    )
    .action(async (flags: StatusFlags) =>
      (await load(() => import('./stack/status.ts'))).status(flags),
    )
}
