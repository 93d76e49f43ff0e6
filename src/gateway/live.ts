import type { Fault } from '../config/diagnostics.ts'
import { isOwnSecret } from '../config/own-secrets.ts'
import { problem } from '../http/failure.ts'
import { VERSION } from '../lib/version.ts'
import { splitTarget } from '../http/path.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { activate } from '../plan/activate.ts'
import type { Plan } from '../plan/types.ts'
import { createGateway, type Gateway } from './app.ts'
import type { Host } from './host.ts'

/** The gateway of this isolate: always the newest plan that could be activated. */
export interface Live {
  readonly fetch: (request: Request, context: ExecutionContext) => Response | Promise<Response>
  /** The plan that serves, activated: it holds credentials. Undefined when none does. */
  readonly plan: () => Plan | undefined
  /** The value of a `${NAME}` as plans see it. */
  readonly secret: (name: string) => string | undefined
  /**
   * Activates a plan and makes it current; requests in flight finish on theirs. On faults the last good plan stays.
   * `values` are looked up before the host's own bindings, also for the plans that follow.
   */
  readonly swap: (
    plan: Plan,
    values?: Readonly<Record<string, string>>,
  ) => Result<string, readonly Fault[]>
}

/** Starts without a plan: every answer is 503 and `/__health` says why, until a swap succeeds. */
export function createLive(host: Host): Live {
  let current: Gateway | undefined
  let active: Plan | undefined
  let faults: readonly Fault[] = []
  let given: Readonly<Record<string, string>> = {}
  const secretOf = (values: Readonly<Record<string, string>>) => (name: string) => {
    if (isOwnSecret(name)) return undefined
    return Object.hasOwn(values, name) ? values[name] : host.ports.secret(name)
  }
  return {
    fetch: (request, context) =>
      current === undefined ? notReady(request, faults) : current.fetch(request, {}, context),
    plan: () => active,
    secret: (name) => secretOf(given)(name),
    swap: (plan, values = given) => {
      const activated = activate(plan, secretOf(values))
      if (!activated.ok) {
        faults = activated.error
        return err(faults)
      }
      given = values
      active = activated.value
      current = createGateway(active, host)
      faults = []
      return ok(plan.version)
    },
  }
}

/** Names what is missing (`${NAME}`s), never a value; other paths learn nothing. */
function notReady(request: Request, faults: readonly Fault[]): Response {
  if (splitTarget(request.url).path !== '/__health') {
    return problem({ kind: 'not-ready' }, crypto.randomUUID())
  }
  const body = {
    status: 'not ready',
    version: VERSION,
    faults: faults.map(({ message }) => message),
  }
  return Response.json(body, { status: 503 })
}
