import { message } from '../../src/cli/demo/replies.ts'
import type { StandIn } from '../../src/cli/demo/stand-in.ts'

/** A stand-in that answers 503 to its readiness request as long as something says so. */
export const unreadyWhile = (
  standIn: StandIn,
  path: string,
  isUnready: () => boolean,
): StandIn => ({
  ...standIn,
  before: (call) =>
    isUnready() && call.path === path ? message(503, 'not ready') : standIn.before?.(call),
})
