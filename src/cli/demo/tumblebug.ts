import { html, json, message, objectOf, redirect, textOf } from './replies.ts'
import type { Call, Reply, Routes } from './router.ts'
import type { Credentials, StandIn } from './stand-in.ts'
import { commandRoutes } from './tumblebug-command.ts'
import { infraRoutes } from './tumblebug-infra.ts'
import { namespaceRoutes } from './tumblebug-namespace.ts'
import { mcisRoutes } from './tumblebug-mcis.ts'
import { resourceRoutes } from './tumblebug-resources.ts'
import { connConfig } from './tumblebug-views.ts'
import type { World } from './world.ts'

/** CB-Tumblebug v0.13 under `/tumblebug` (`infra`, `node`), and its paths of 2021 (`mcis`, `vm`) on the same state. */
export function createTumblebug(world: World, credentials: Credentials): StandIn {
  const requestIds = createRequestIds(world)
  return {
    name: 'cb-tumblebug',
    credentials,
    isOpen: (call) => OPEN.has(call.path),
    before: (call) => requestIds(call) ?? refuseNamespace(world, call),
    routes: {
      ...systemRoutes(),
      ...connectionRoutes(world),
      ...namespaceRoutes(world),
      ...infraRoutes(world),
      ...mcisRoutes(world),
      ...resourceRoutes(world),
      ...commandRoutes(world),
    },
  }
}

const OPEN = new Set(
  ['livez', 'readyz', 'readyz/init', 'httpVersion', 'health'].map((path) => `/tumblebug/${path}`),
)

const UNTRACKED = /^\/tumblebug\/(api|readyz|httpVersion|testStreamResponse|request)/
const REMEMBERED_IDS = 10_000

/**
 * Gives each request an id and remembers it: a known `X-Request-Id` is refused, also long after its request ended. The
 * real service reports that as an internal error, without the reason.
 */
function createRequestIds(world: World): (call: Call) => Reply | undefined {
  const known = new Set<string>()
  return ({ path, request, response }) => {
    if (UNTRACKED.test(path)) return undefined
    const given = request.headers['x-request-id']
    const id = typeof given === 'string' ? given : `${world.clock.now()}${world.next()}`
    if (known.has(id)) return message(500, 'Internal Server Error')
    known.add(id)
    const [oldest] = known
    if (known.size > REMEMBERED_IDS && oldest !== undefined) known.delete(oldest)
    response.setHeader('access-control-expose-headers', 'X-Request-Id')
    response.setHeader('x-request-id', id)
    return undefined
  }
}

function refuseNamespace(world: World, call: Call): Reply | undefined {
  const id = /^\/tumblebug\/ns\/([^/]+)/.exec(call.path)?.[1]
  if (id === undefined || world.namespaces.has(id)) return undefined
  return message(404, 'Not valid namespace')
}

function systemRoutes(): Routes {
  let isInitialized = true
  const initialize = (value: boolean): Reply => {
    isInitialized = value
    return message(200, `System initialized: ${value}`)
  }
  return {
    'GET /tumblebug/livez': () => message(200, 'CB-Tumblebug is live'),
    'GET /tumblebug/readyz': () =>
      isInitialized
        ? message(200, 'CB-Tumblebug is ready')
        : message(503, 'CB-Tumblebug is NOT ready'),
    'PUT /tumblebug/readyz/init': () => initialize(true),
    'DELETE /tumblebug/readyz/init': () => initialize(false),
    'GET /tumblebug/health': () => message(200, 'API server of CB-Tumblebug is alive'),
    'GET /tumblebug/httpVersion': (call) => message(200, `HTTP/${call.request.httpVersion}`),
    'GET /tumblebug/api': () => redirect(301, '/tumblebug/api/index.html'),
    'GET /tumblebug/api/index.html': () =>
      html('<!doctype html><title>CB-Tumblebug API</title><h1>CB-Tumblebug API</h1>\n'),
    'POST /tumblebug/testStreamResponse': streamNumbers,
  }
}

const streamNumbers = (call: Call): undefined => {
  const count = Number(textOf(objectOf(call) ?? {}, 'count', '3'))
  call.response.writeHead(200, { 'content-type': 'application/json' })
  for (let n = 1; n <= Math.min(count, 100); n++) call.response.write(`${JSON.stringify({ n })}\n`)
  call.response.end()
  return undefined
}

function connectionRoutes(world: World): Routes {
  return {
    'GET /tumblebug/connConfig': () =>
      json({ connectionconfig: [...world.connections.values()].map(connConfig) }),
    'GET /tumblebug/connConfig/:name': (call) => {
      const found = world.connections.get(call.param('name'))
      return found === undefined
        ? message(500, `cannot find the connection config ${call.param('name')}`)
        : json(connConfig(found))
    },
    'GET /tumblebug/provider': () =>
      json({ output: [...new Set([...world.connections.values()].map((c) => c.provider))] }),
    'GET /tumblebug/credentialHolder': () =>
      json({ credentialHolders: [{ credentialHolder: 'admin', isDefault: true }] }),
  }
}
