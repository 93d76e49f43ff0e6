import type { Command } from 'commander'
import { load } from './stack/load.ts'
import { SECRETS, type StackFlags, withStackOptions } from './stack/options.ts'

/** `cb-bridge up`: brings components up on a cluster and publishes them to a gateway. */
export function addUp(program: Command): void {
  withStackOptions(program.command('up'))
    .description('bring components of Cloud-Barista up on a Kubernetes cluster')
    .addHelpText(
      'after',
      `${SECRETS}\n\nExample:\n  $ npx cb-bridge up --stack dev --context kind --set gateway.url=http://127.0.0.1:8787 --set reach=nodePort`,
    )
    .action(async (flags: StackFlags) => (await load(() => import('./stack/up.ts'))).up(flags))
}
