import { type Command, Option } from 'commander'

/** What `up`, `preview`, `status` and `down` have in common. */
export interface StackFlags {
  readonly stack: string
  readonly state?: string
  readonly context?: string
  readonly kubeconfig?: string
  readonly settings?: string
  readonly set: readonly string[]
  readonly json?: boolean
}

const append = (text: string, before: readonly string[]): readonly string[] => [...before, text]

/** Adds the options of a verb that works on a stack. */
export const withStackOptions = (command: Command): Command =>
  command
    .requiredOption('--stack <name>', 'name of the stack')
    .option('--state <url>', "where its state is, as Pulumi takes it; the user's own place without")
    .option('--context <name>', 'context in the kubeconfig; needed where nobody can be asked')
    .option('--kubeconfig <file>', 'kubeconfig; KUBECONFIG, else ~/.kube/config, without')
    .option('--settings <file>', 'settings of the stack, YAML; infra/reference.md lists them')
    .addOption(
      new Option('--set <key=value>', 'one setting, over those of the file; may be repeated')
        .argParser(append)
        .default([]),
    )
    .option('--json', 'print one JSON object per line, the last one the result')

/** What a user has to know beside the options. */
export const SECRETS = `
PULUMI_CONFIG_PASSPHRASE (or PULUMI_CONFIG_PASSPHRASE_FILE) opens the secrets of the state.
CB_BRIDGE_TOKEN opens the gateway (role "wiring"), or once CB_BRIDGE_BOOTSTRAP; later the stack knows its token.

Exit codes: 0 done, 1 something to put right, 2 a fault of cb-bridge, 3 not ready, 4 rollback failed, 5 gateway unreachable.`
