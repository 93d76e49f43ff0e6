import type { StackFlags } from './options.ts'
import { showing, showTo } from './show.ts'
import { withWork } from './work.ts'

/** Brings the components of a stack up, and tells how they come along. */
export function up(flags: StackFlags): Promise<void> {
  const show = showTo(flags.json === true)
  return showing(flags.json === true, () =>
    withWork(flags, { show, recalls: false, changes: true }, async () => {
      const { bringUp } = await import('../../../infra/operate/operate.ts')
      return bringUp
    }),
  )
}
