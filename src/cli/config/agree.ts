import { UserFault } from '../fault.ts'
import { confirm, isInteractive } from '../prompt.ts'

/**
 * Lets somebody decide about what was just shown. Without `--yes` and without a terminal nothing is changed.
 *
 * @throws UserFault where it was not agreed to.
 */
export async function agree(question: string, flags: { readonly yes?: boolean }): Promise<void> {
  if (flags.yes === true) return
  if (!isInteractive()) {
    throw new UserFault('nothing was changed: there is no terminal to ask on; use --yes')
  }
  if (!(await confirm(question))) throw new UserFault('nothing was changed')
}
