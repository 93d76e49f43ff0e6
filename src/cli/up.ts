import type { Command } from 'commander'
import { bringUp } from '../../infra/operate/operate.ts'
import { SECRETS, type StackFlags, withStackOptions } from './stack/options.ts'
import { showing, showTo } from './stack/show.ts'
import { withWork } from './stack/work.ts'

/** `cb-bridge up`: brings components up on a cluster and publishes them to a gateway. */
export function addUp(program: Command): void {
  withStackOptions(program.command('up'))
    .description('bring components of Cloud-Barista up on a Kubernetes cluster')
    .addHelpText(
      'after',
      `${SECRETS}\n\nExample:\n  $ npx cb-bridge up --stack dev --context kind --set gateway.url=http://127.0.0.1:8787 --set reach=nodePort`,
    )
    .action((flags: StackFlags) => {
      const show = showTo(flags.json === true)
      return showing(flags.json === true, () =>
        withWork(flags, { show, recalls: false, changes: true }, bringUp),
      )
    })
}
