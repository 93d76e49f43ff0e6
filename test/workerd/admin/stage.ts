import { Hono } from 'hono'
import { expect } from 'vitest'
import { createAdmin } from '../../../src/admin/app.ts'
import type { AdminHost } from '../../../src/admin/host.ts'
import { openApi } from '../../../src/admin/openapi.ts'
import { operations } from '../../../src/admin/operations/index.ts'
import type { Role } from '../../../src/admin/roles.ts'
import { withStoreFaults } from '../../../src/admin/store-fault.ts'
import { createFrame } from '../../../src/gateway/frame.ts'
import type { GatewayEnv } from '../../../src/http/context.ts'
import type { Scrypt } from '../../../src/lib/password-hash.ts'
import type { Store } from '../../../src/ports.ts'
import { portsWith } from '../../../src/ports/ports.fixture.ts'
import { createIsolate } from '../../support/archive.ts'
import { openStore } from '../../../src/store/open.ts'
import type { AuditEntry } from '../../../src/snapshots/types.ts'
import { createInFlight } from '../../../src/upstream/in-flight.ts'
import { type Description, findMisfits } from '../../support/conformance.ts'
import { createMemoryStore } from '../../support/memory-store.ts'

/** An Admin API over a store in memory, with a clock that the test moves. */
export interface Stage {
  readonly host: AdminHost
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly store: Store
  readonly audit: () => Promise<readonly AuditEntry[]>
  /** What was logged so far. */
  readonly log: readonly string[]
  now: number
  /** Fails where the API's description does not tell of such an answer. */
  readonly ask: (method: string, path: string, ask?: Ask) => Promise<Response>
  /** A session of a user of that role, made for the purpose. */
  readonly signedIn: (role: Role) => Promise<string>
}

export interface Ask {
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** JSON unless it is a text. */
  readonly body?: unknown
  /** The client's; default 203.0.113.7. */
  readonly from?: string
}

export const BOOTSTRAP = 'bootstrap-secret-MARKER'
export const PASSWORD = 'correct horse MARKER'

/** Fast, because what scrypt itself does is tested with the real one. */
const quickScrypt: Scrypt = async (password, salt) => {
  const text = new TextEncoder().encode(password)
  const key = await crypto.subtle.importKey('raw', text, 'PBKDF2', false, ['deriveBits'])
  const bits = await crypto.subtle.deriveBits(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 1 },
    key,
    256,
  )
  return new Uint8Array(bits)
}

export async function createStage(
  changes: Partial<AdminHost> & { readonly store?: Store } = {},
): Promise<Stage> {
  const { store = createMemoryStore(), ...given } = changes
  const log: string[] = []
  const guarded = withStoreFaults(openStore(store, '/restapigw'))
  const { snapshots } = await createIsolate({
    store: guarded,
    now: () => stage.now,
    secret: (name) => (name === 'TOKEN' ? 'MARKER-value' : undefined),
  })
  const ports = portsWith({
    now: () => stage.now,
    telemetry: {
      log: (line) => void log.push(line),
      count: () => {},
      totals: async () => ({}),
      exposition: async () => '',
    },
  })
  const host: AdminHost = {
    gateway: {
      addressSource: 'socket',
      metricsToken: undefined,
      inFlight: createInFlight(() => 0),
      ports,
    },
    accounts: {
      store: guarded,
      scrypt: quickScrypt,
      now: () => stage.now,
      configured: () => ({}),
    },
    snapshots,
    livePlan: () => undefined,
    bootstrapSecret: BOOTSTRAP,
    ...given,
  }
  const app = new Hono<GatewayEnv>({ getPath: (request) => new URL(request.url).pathname })
  app.use((c, next) => {
    const site = host.livePlan()?.site ?? { trustedProxies: [], logFormat: 'json' }
    return createFrame(site, host.gateway)(c, next)
  })
  app.all('*', createAdmin(host))
  const fetch: Stage['fetch'] = (request) => app.fetch(request, {}, context)
  const stage: Stage = {
    host,
    fetch,
    store,
    audit: async () => (await snapshots.audit.list({ limit: 500 })).items,
    log,
    now: Date.UTC(2026, 0, 1),
    ask: async (method, path, ask = {}) => {
      const answer = await send(fetch, method, path, ask)
      const { status, headers } = answer
      const text = new TextDecoder().decode(await answer.clone().arrayBuffer())
      const misfits = findMisfits(DESCRIPTION, { method, path, status, headers, text })
      expect(misfits, `${method} ${path}: ${status} ${text}`).toEqual([])
      return answer
    },
    signedIn: async (role) => {
      await ensureAdmin(stage)
      const root = await signIn(stage, 'root')
      const name = `a-${role}`
      await stage.ask('POST', '/users', { token: root, body: { name, role, password: PASSWORD } })
      return signIn(stage, name)
    },
  }
  return stage
}

/** What `GET openapi.json` serves. */
const DESCRIPTION = openApi(operations) as unknown as Description

/** Makes the first admin, `root`; the second time nothing happens. */
export const ensureAdmin = (stage: Stage): Promise<Response> =>
  stage.ask('POST', '/bootstrap', {
    token: BOOTSTRAP,
    body: { user: 'root', password: PASSWORD },
  })

export async function signIn(stage: Stage, user: string, password = PASSWORD): Promise<string> {
  const answer = await stage.ask('POST', '/session', { body: { user, password } })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return (await answer.json<{ token: string }>()).token
}

function send(
  fetch: Stage['fetch'],
  method: string,
  path: string,
  ask: Ask,
): Promise<Response> | Response {
  const { token, headers, body, from = '203.0.113.7' } = ask
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const request = new Request(`http://gateway.test/__admin/api${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && typeof body !== 'string' && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(text !== undefined && { body: text }),
    cf: { clientIp: `${from}:4711` },
  })
  return fetch(request)
}

const context = {
  waitUntil: () => {},
  passThroughOnException: () => {},
  props: {},
} as unknown as ExecutionContext
