import { PulumiCommand } from '@pulumi/pulumi/automation/cmd.js'

let looking: Promise<PulumiCommand | undefined> | undefined

/** The `pulumi` on PATH; undefined where there is none. It is asked once: an answer takes a quarter of a second. */
export const onPath = (): Promise<PulumiCommand | undefined> =>
  (looking ??= PulumiCommand.get({ skipVersionCheck: true }).catch(() => undefined))
