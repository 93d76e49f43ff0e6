import type { Command } from 'commander'
import { addDiff } from './config/diff.ts'
import { addHistory } from './config/history.ts'
import { addPull } from './config/pull.ts'
import { addPush } from './config/push.ts'
import { addRollback } from './config/rollback.ts'

/** `cb-bridge config`: the configuration of a running gateway. */
export function addConfig(program: Command): void {
  const group = program
    .command('config')
    .description('read and change the configuration of a running gateway')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx cb-bridge config diff --config routes\n  $ npx cb-bridge config push --config routes --message why',
    )
  for (const add of [addPull, addPush, addDiff, addHistory, addRollback]) add(group)
}
