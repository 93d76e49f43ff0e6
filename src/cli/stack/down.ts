import { leaveGateway } from '../../../infra/operate/leave-gateway.ts'
import { stop } from '../../../infra/operate/operate.ts'
import { removalOf, removeAll } from '../../../infra/operate/remove.ts'
import type { Work } from '../../../infra/operate/work.ts'
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
    withWork(flags, options, async (work) => {
      if (flags.deleteData === true) await agreeToRemoval(work, flags, show)
      if (flags.withoutGateway === true) (await leaveGateway(work)).forEach(show.say)
      return flags.deleteData === true ? removeAll(work) : stop(work)
    }),
  )
}

async function agreeToRemoval(work: Work, flags: DownFlags, { say }: Show): Promise<void> {
  for (const object of await removalOf(work)) say(`will be removed: ${object}`)
  await agree(`Remove all of these, and the data in them?`, flags)
}
