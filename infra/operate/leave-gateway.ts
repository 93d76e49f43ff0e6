import { demandOwnNamespace } from './namespace.ts'
import type { Kept } from './session.ts'
import type { Work } from './work.ts'

/**
 * Lets a stack forget its gateway, for one that is gone for good: nobody asks it any more. Resolves with what stays there, in
 * words.
 *
 * @throws Refusal where the namespace is somebody else's: nothing is forgotten
 */
export async function leaveGateway({ reached, session }: Work): Promise<readonly string[]> {
  await demandOwnNamespace(reached.cluster, reached.where, await session.resources())
  return (await session.leaveGateway()).filter(isOurs).map(print)
}

/** A token that the user has made is not the stack's to leave. */
const isOurs = ({ outputs }: Kept): boolean => outputs?.['id'] !== 'given'

function print({ type, inputs }: Kept): string {
  const kind = type.endsWith('Upstream') ? 'upstream' : 'token'
  return `The ${kind} "${String(inputs?.['name'])}" stays at the gateway at ${String(inputs?.['gateway'])}.`
}
