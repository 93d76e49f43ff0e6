import { load } from '../config/load.ts'
import { compile } from '../plan/compile.ts'
import { UserFault } from './fault.ts'
import type { Servable } from './servable.ts'
import { GATEWAY_SECRETS, pick } from './values.ts'
import type { Lookup } from './values.ts'

/**
 * What a container is for: `gateway` answers requests and keeps at most its last good plan, `state` keeps the Durable Objects of all
 * gateways, `all` does both. workerd keeps an object in one process, so replicas need one `state` between them.
 */
export type Role = 'all' | 'gateway' | 'state'

export const ROLES: readonly Role[] = ['all', 'gateway', 'state']

/** What decides whether a container can play its role. */
interface Casting {
  readonly role?: Role
  readonly stateAddress?: string
}

/** @throws UserFault when options contradict the role, or the token that both roles share is missing. */
export function checkRole({ role = 'all', stateAddress }: Casting, lookup: Lookup): void {
  if (role === 'gateway' && stateAddress === undefined) {
    throw new UserFault(
      '--role gateway needs --state-address <host:port>, where --role state listens',
    )
  }
  if (role !== 'gateway' && stateAddress !== undefined) {
    throw new UserFault(`--state-address is for --role gateway: --role ${role} keeps state itself`)
  }
  if (role !== 'all' && (lookup('STATE_TOKEN') ?? '').length < SHORTEST_TOKEN) {
    throw new UserFault(
      `--role ${role} needs the environment variable STATE_TOKEN, the same in all processes: ` +
        `at least ${SHORTEST_TOKEN} random characters, e.g. from \`openssl rand -hex 32\``,
    )
  }
}

const SHORTEST_TOKEN = 16

/** What a state process is started with instead of a configuration: no route, and no value but the gateway's own. */
export async function nothingToServe(lookup: Lookup): Promise<Servable> {
  const system = { name: 'gateway.yaml', text: 'version: 1\nname: state\n' }
  const { document } = load({ system, groups: [] })
  const { plan } = document === undefined ? {} : await compile(document)
  if (plan === undefined) throw new Error('the empty configuration does not compile')
  const documents = { files: {}, allowMissing: false }
  return { plan, active: plan, documents, values: pick(GATEWAY_SECRETS, lookup), remarks: [] }
}
