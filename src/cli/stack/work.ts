import type { Access } from '../../../infra/kubernetes/connect.ts'
import { findEngine } from '../../../infra/operate/engine.ts'
import { onPath } from '../../../infra/operate/on-path.ts'
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

/** How a verb works. It is read while the stack is opened: the clients that it needs take as long. */
export type Verb<T> = () => Promise<(work: Work) => Promise<T>>

/**
 * Opens what a verb works on, lets it work, and closes it.
 *
 * @throws UserFault, and `Refusal` of infra: what the user can put right
 */
export async function withWork<T>(
  flags: StackFlags,
  { show: { step: tell, note, say }, recalls, changes }: WorkOptions,
  verb: Verb<T>,
): Promise<T> {
  const { stack, state } = flags
  if (!fitsLabel(stack)) {
    throw new UserFault(`--stack ${stack}: a name has up to 63 letters, digits, "-", "_" and "."`)
  }
  const access = await accessOf(flags)
  const given = recalls ? undefined : wantedOf(readWritten(flags, {}), access)
  const reading = Promise.all([verb(), connectionOf(access)])
  const open = async (): Promise<Session> => {
    // Nothing is installed for what cannot work.
    if ((await onPath()) === undefined) await reading
    const engine = await findEngine(say)
    if (changes) await demandPlugin(engine, say)
    return Session.open(engine, { stack, ...(state === undefined ? {} : { state }) })
  }
  const [read, opened] = await Promise.allSettled([reading, open()])
  try {
    const [run, { cluster, config }] = valueOf(read)
    const session = valueOf(opened)
    session.use(cluster)
    const wanted = given ?? wantedOf(readWritten(flags, (await session.settings()) ?? {}), access)
    const where = { stack, namespace: wanted.settings.namespace }
    return await run({ session, reached: { cluster, config, where }, wanted, tell, note })
  } finally {
    if (opened.status === 'fulfilled') opened.value.close()
  }
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

async function connectionOf(access: Access) {
  const { clusterOf } = await import('../../../infra/kubernetes/connect.ts')
  const config = await configOf(access)
  const cluster = clusterOf(config)
  // Its handshake is over by the time that the stack is open; what is wrong with it is told when somebody asks.
  void cluster.identity().catch(() => undefined)
  return { cluster, config }
}

/** The context is named, or somebody agrees to the current one. */
async function accessOf({ context, kubeconfig }: StackFlags): Promise<Access> {
  const file = kubeconfig === undefined ? {} : { kubeconfig }
  if (context !== undefined) return { context, ...file }
  if (!isInteractive()) throw new UserFault('there is no terminal to ask on: name the --context')
  const current = (await configOf(file)).getCurrentContext()
  if (await confirm(`Use the context "${current}"?`)) return { context: current, ...file }
  throw new UserFault('nothing was changed: name the --context')
}

async function configOf(access: Access) {
  const { kubeConfigOf } = await import('../../../infra/kubernetes/connect.ts')
  const config = kubeConfigOf(access)
  if (config.ok) return config.value
  throw new UserFault(config.error)
}
