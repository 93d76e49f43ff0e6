import { Hono } from 'hono'
import type { Fault } from '../config/diagnostics.ts'
import { isOwnSecret } from '../config/own-secrets.ts'
import type { GatewayEnv } from '../http/context.ts'
import { problem } from '../http/failure.ts'
import { VERSION } from '../lib/version.ts'
import { splitTarget } from '../http/path.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { activate } from '../plan/activate.ts'
import type { Plan } from '../plan/types.ts'
import { createGateway, type Gateway } from './app.ts'
import { createFrame } from './frame.ts'
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
  const idle = createIdle(host, () => faults)
  return {
    fetch: (request, context) => (current ?? idle).fetch(request, {}, context),
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

/** What answers without a plan: the Admin API, so that one can be published; health says why there is none. */
function createIdle(host: Host, faults: () => readonly Fault[]): Gateway {
  const app = new Hono<GatewayEnv>({ getPath: (request) => splitTarget(request.url).path })
  app.use(createFrame({ trustedProxies: [], logFormat: 'json' }, host))
  if (host.admin !== undefined) app.all('/__admin/*', host.admin)
  app.get('/__health', (c) => {
    // Names what is missing (`${NAME}`s), never a value; other paths learn nothing.
    const messages = faults().map(({ message }) => message)
    return c.json({ status: 'not ready', version: VERSION, faults: messages }, 503)
  })
  app.all('*', (c) => problem({ kind: 'not-ready' }, c.get('exchange').requestId))
  return app
}
