import { type Access, clusterOf, kubeConfigOf } from '../../../infra/kubernetes/connect.ts'
import { findEngine } from '../../../infra/operate/engine.ts'
import type { Work } from '../../../infra/operate/work.ts'
import { demandPlugin } from '../../../infra/operate/plugin.ts'
import { Session } from '../../../infra/operate/session.ts'
import { fitsLabel } from '../../../infra/kubernetes/labels.ts'
import { UserFault } from '../fault.ts'
import { confirm, isInteractive } from '../prompt.ts'
import type { StackFlags } from './options.ts'
import { readWritten, wantedOf } from './settings.ts'
import type { Show } from './show.ts'

export interface WorkOptions {
  readonly show: Show
  /** Without a settings file those of the last `up` are meant, not the defaults. */
  readonly recalls: boolean
  /** Whether resources are worked on, so that the engine needs its providers. */
  readonly changes: boolean
}

/**
 * Opens what a verb works on, lets it work, and closes it.
 *
 * @throws UserFault, and `Refusal` of infra: what the user can put right
 */
export async function withWork<T>(
  flags: StackFlags,
  { show: { step: tell, note, say }, recalls, changes }: WorkOptions,
  run: (work: Work) => Promise<T>,
): Promise<T> {
  const { stack, state } = flags
  if (!fitsLabel(stack)) {
    throw new UserFault(`--stack ${stack}: a name has up to 63 letters, digits, "-", "_" and "."`)
  }
  const access = await accessOf(flags)
  // What can be wrong is told before the engine is looked for.
  const given = recalls ? undefined : wantedOf(readWritten(flags, {}), access)
  const config = configOf(access)
  const engine = await findEngine(say)
  if (changes) await demandPlugin(engine, say)
  const session = await Session.open(engine, { stack, ...(state === undefined ? {} : { state }) })
  try {
    const wanted = given ?? wantedOf(readWritten(flags, (await session.settings()) ?? {}), access)
    const where = { stack, namespace: wanted.settings.namespace }
    const reached = { cluster: clusterOf(config), config, where }
    return await run({ session, reached, wanted, tell, note })
  } finally {
    session.close()
  }
}

/** The context is named, or somebody agrees to the current one. */
async function accessOf({ context, kubeconfig }: StackFlags): Promise<Access> {
  const file = kubeconfig === undefined ? {} : { kubeconfig }
  if (context !== undefined) return { context, ...file }
  if (!isInteractive()) throw new UserFault('there is no terminal to ask on: name the --context')
  const current = configOf(file).getCurrentContext()
  if (await confirm(`Use the context "${current}"?`)) return { context: current, ...file }
  throw new UserFault('nothing was changed: name the --context')
}

function configOf(access: Access) {
  const config = kubeConfigOf(access)
  if (config.ok) return config.value
  throw new UserFault(config.error)
}
