import type { StackFlags } from './options.ts'
import { showing, showTo } from './show.ts'
import { withWork } from './work.ts'

/** Tells what `up` would change. */
export function preview(flags: StackFlags): Promise<void> {
  const show = showTo(flags.json === true)
  return showing(flags.json === true, () =>
    withWork(flags, { show, recalls: false, changes: true }, async () => {
      const { previewUp } = await import('../../../infra/operate/operate.ts')
      return previewUp
    }),
  )
}
