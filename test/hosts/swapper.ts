import { UserFault } from '../../src/cli/fault.ts'
import { readServable } from '../../src/cli/servable.ts'
import type { Plan } from '../../src/plan/types.ts'
import type { Running, Values } from '../contract/host.ts'
import type { ConfigurationDirectory } from './directory.ts'

/** Reads a changed directory as the CLI does and hands the plan to the running gateway. */
export const swapper =
  (
    directory: ConfigurationDirectory,
    swap: (plan: Plan, values: Values) => Promise<string>,
  ): NonNullable<Running['swap']> =>
  async (configuration, values) => {
    directory.write(configuration)
    const read = await readServable(directory.path, (name) => values[name], { allowMissing: false })
    if (!read.ok) return { ok: false, text: read.error }
    try {
      await swap(read.value.plan, values)
      return { ok: true }
    } catch (error) {
      if (error instanceof UserFault) return { ok: false, text: error.message }
      throw error
    }
  }
