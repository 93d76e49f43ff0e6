import type { Fault } from '../config/diagnostics.ts'
import type { Plan } from '../plan/types.ts'
import type { Documents } from './bundle.ts'
import { UserFault } from './fault.ts'
import { printFault } from './servable.ts'
import type { Servable } from './servable.ts'

type Values = Readonly<Record<string, string>>

/** Hands plans to a running gateway through its private door, `LiveSwap`. */
export interface Swapper {
  /** Says where the door is, once the gateway runs. */
  readonly open: (url: URL) => void
  /** @throws UserFault when the gateway does not accept the plan; it keeps its last good one. */
  readonly swap: (plan: Plan, values?: Values, documents?: Documents) => Promise<string>
  /** Hands over the latest plan again, to a gateway that was restarted. */
  readonly repeat: () => Promise<void>
  readonly isCurrent: (plan: Plan, values: Values) => boolean
}

/** `secret` is the bearer token of the door; `first` is what the gateway is started with. */
export function createSwapper(secret: string, first: Pick<Servable, 'plan' | 'values'>): Swapper {
  let door: URL | undefined
  let latest = identify(first.plan, first.values)
  let repeatable: () => Promise<unknown> = async () => {}
  const swap = async (plan: Plan, values: Values = {}, documents?: Documents) => {
    if (door === undefined) throw new Error('the gateway does not run yet')
    const version = await push(door, secret, { plan, values, documents })
    latest = identify(plan, values)
    repeatable = () => swap(plan, values, documents)
    return version
  }
  return {
    open: (url) => {
      door = url
    },
    swap,
    repeat: async () => void (await repeatable()),
    isCurrent: (plan, values) => identify(plan, values) === latest,
  }
}

const identify = (plan: Plan, values: Values): string => JSON.stringify([plan.version, values])

interface Next {
  readonly plan: Plan
  readonly values: Values
  readonly documents: Documents | undefined
}

async function push(url: URL, secret: string, next: Next) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(next),
  })
  if (response.status === 200) return ((await response.json()) as { version: string }).version
  if (response.status !== 422) {
    throw new Error(`the live-swap door answered ${response.status}: ${await response.text()}`)
  }
  const { faults } = (await response.json()) as { faults: readonly Fault[] }
  throw new UserFault(faults.map(printFault).join('\n'))
}
