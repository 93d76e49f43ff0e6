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
  /**
   * Activates a plan and makes it current; requests in flight finish on theirs. On faults the last good plan stays.
   * `values` are looked up before the host's own bindings.
   */
  readonly swap: (
    plan: Plan,
    values?: Readonly<Record<string, string>>,
  ) => Result<string, readonly Fault[]>
}

/** Starts without a plan: every answer is 503 and `/__health` says why, until a swap succeeds. */
export function createLive(host: Host): Live {
  let current: Gateway | undefined
  let faults: readonly Fault[] = []
  return {
    fetch: (request, context) =>
      current === undefined ? notReady(request, faults) : current.fetch(request, {}, context),
    swap: (plan, values = {}) => {
      const lookup = (name: string) => {
        if (isOwnSecret(name)) return undefined
        return Object.hasOwn(values, name) ? values[name] : host.ports.secret(name)
      }
      const activated = activate(plan, lookup)
      if (!activated.ok) {
        faults = activated.error
        return err(faults)
      }
      current = createGateway(activated.value, host)
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
