import type { KubeConfig } from '@kubernetes/client-node'
import type { Complaint } from '../../src/config/diagnostics.ts'
import type { Cluster, Where } from '../kubernetes/cluster.ts'
import { inspect } from '../kubernetes/inspect.ts'
import { survey } from '../kubernetes/survey.ts'
import { withScheme } from '../system/address.ts'
import { demand, GatewayError, orNothing, patientClient } from '../wiring/gateway.ts'
import { unreachable } from '../wiring/reach.ts'
import { strangeNamespace } from './namespace.ts'
import { judge } from './preflight.ts'
import { Refusal } from './report.ts'
import type { Kept } from './session.ts'
import type { Wanted } from './wanted.ts'

/** A cluster by its two ends: questions with plain answers, and the configuration for further ones. */
export interface Reached {
  readonly cluster: Cluster
  readonly config: KubeConfig
  readonly where: Where
}

/**
 * Looks at everything that would stop a stack, before anything is changed.
 *
 * @throws Refusal with all of it
 */
export async function demandReadyToGo(
  wanted: Wanted,
  { cluster, config, where }: Reached,
  kept: readonly Kept[],
): Promise<void> {
  const { system, settings } = wanted
  const [found, strange, own, lost, gateway] = await Promise.all([
    inspect(config, where),
    strangeNamespace(cluster, where, kept),
    survey(system, cluster, where),
    lostData(cluster, where, kept),
    gatewayFault(wanted, kept),
  ])
  const complaints = [
    ...strange,
    ...judge(wanted, found),
    ...unreachable(system, settings),
    ...own,
    ...lost,
  ]
  const refused = gateway?.kind === 'unreachable' ? [] : [gateway].flatMap((error) => error ?? [])
  const all = [...complaints.map(print), ...refused.map(({ message }) => message)]
  if (gateway?.kind === 'unreachable') {
    throw new Refusal([...all, gateway.message], all.length === 0 ? 5 : 1)
  }
  if (all.length > 0) throw new Refusal(all)
}

const print = ({ message, hint }: Complaint): string =>
  hint === undefined ? message : `${message} (${hint})`

/** Kinds that hold what cannot be made again. */
const DATA = new Map([
  ['kubernetes:core/v1:PersistentVolumeClaimPatch', 'PersistentVolumeClaim'],
  ['kubernetes:core/v1:Secret', 'Secret'],
])

/** Claims and Secrets that the state knows and the cluster has not: new ones would be silent loss. */
async function lostData(
  cluster: Cluster,
  { namespace }: Where,
  kept: readonly Kept[],
): Promise<readonly Complaint[]> {
  const there = new Set(
    (await cluster.inventory(namespace)).map(({ kind, name }) => `${kind} ${name}`),
  )
  return kept
    .flatMap(({ type, urn }) => {
      const kind = DATA.get(type)
      return kind === undefined ? [] : [`${kind} ${urn.split('::').at(-1) ?? ''}`]
    })
    .filter((object) => !there.has(object))
    .map((object) => ({
      message: `The ${object} is gone from the namespace "${namespace}", and data with it.`,
      hint: 'Restore it, or run "down --delete-data" and begin anew.',
    }))
}

/** Why the gateway would not let this stack in. */
async function gatewayFault(
  { settings }: Wanted,
  kept: readonly Kept[],
): Promise<GatewayError | undefined> {
  const { CB_BRIDGE_TOKEN: token = '', CB_BRIDGE_BOOTSTRAP: bootstrap = '' } = process.env
  if (settings.gateway.url === undefined) return undefined
  const url = withScheme(settings.gateway.url)
  const hasToken = kept.some(({ type }) => type === 'cb-bridge:wiring:GatewayToken')
  try {
    const client = patientClient({ url, ...(token === '' ? {} : { token }) })
    const asked = client.whoAmI()
    await demand(url, 'CB_BRIDGE_TOKEN', token === '' ? orNothing(asked, [401]) : asked)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  if (token !== '' || bootstrap !== '' || hasToken) return undefined
  const message = `The gateway at ${url} needs a token: set CB_BRIDGE_TOKEN (role "wiring"), or CB_BRIDGE_BOOTSTRAP where nobody has used it yet.`
  return new GatewayError('refused', message)
}
