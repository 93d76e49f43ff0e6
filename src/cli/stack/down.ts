import { agree } from '../config/agree.ts'
import type { StackFlags } from './options.ts'
import { type Show, showing, showTo } from './show.ts'
import { withWork } from './work.ts'

export interface DownFlags extends StackFlags {
  readonly deleteData?: boolean
  readonly withoutGateway?: boolean
  readonly yes?: boolean
}

/** Stops a stack, or removes all of it once somebody has agreed to the list. */
export function down(flags: DownFlags): Promise<void> {
  const show = showTo(flags.json === true)
  const options = { show, recalls: true, changes: true }
  return showing(flags.json === true, () =>
    withWork(flags, options, async () => {
      const { leaveGateway } = await import('../../../infra/operate/leave-gateway.ts')
      const { stop } = await import('../../../infra/operate/operate.ts')
      const { removalOf, removeAll } = await import('../../../infra/operate/remove.ts')
      return async (work) => {
        if (flags.deleteData === true) await agreeToRemoval(await removalOf(work), flags, show)
        if (flags.withoutGateway === true) (await leaveGateway(work)).forEach(show.say)
        return flags.deleteData === true ? removeAll(work) : stop(work)
      }
    }),
  )
}

async function agreeToRemoval(objects: readonly string[], flags: DownFlags, { say }: Show) {
  for (const object of objects) say(`will be removed: ${object}`)
  await agree(`Remove all of these, and the data in them?`, flags)
}
