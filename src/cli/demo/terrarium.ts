import { json, objectOf, textOf } from './replies.ts'
import type { Call, Handler, Reply, Routes } from './router.ts'
import type { Credentials, StandIn } from './stand-in.ts'

interface Terrarium {
  readonly name: string
  readonly id: string
  readonly description: string
  readonly enrichments?: string
  readonly providers?: readonly string[]
}

/** mc-terrarium v0.1 under `/terrarium`: environments that enrich an infra with VPNs, databases, storage. */
export function createTerrarium(credentials: Credentials): StandIn {
  const terrariums = new Map<string, Terrarium>([
    [
      'tr01',
      {
        name: 'tr01',
        id: 'tr01',
        description: 'A VPN between two clouds',
        enrichments: 'vpn/aws-to-site',
        providers: ['aws', 'gcp'],
      },
    ],
  ])
  return {
    name: 'mc-terrarium',
    credentials,
    isOpen: (call) => OPEN.has(call.path),
    before: echoRequestId,
    routes: { ...systemRoutes, ...terrariumRoutes(terrariums) },
  }
}

const OPEN = new Set(['/terrarium/readyz', '/terrarium/httpVersion'])

const echoRequestId = ({ request, response }: Call): undefined => {
  const given = request.headers['x-request-id']
  if (typeof given === 'string') response.setHeader('x-request-id', given)
  return undefined
}

const say = (status: number, success: boolean, message: string): Reply =>
  json({ success, message }, status)

const systemRoutes: Routes = {
  'GET /terrarium/readyz': () => say(200, true, 'mc-terrarium server is ready'),
  'GET /terrarium/httpVersion': (call) => say(200, true, `HTTP/${call.request.httpVersion}`),
  'GET /terrarium/tofuVersion': () => say(200, true, 'OpenTofu v1.9.0'),
}

function terrariumRoutes(terrariums: Map<string, Terrarium>): Routes {
  // The real service reports a missing terrarium as 400 with `success: true`.
  const one = (answer: (terrarium: Terrarium) => Reply): Handler => {
    return (call) => {
      const id = call.param('trId')
      const found = terrariums.get(id)
      return found === undefined
        ? say(400, true, `no terrarium with the given ID (trId: ${id})`)
        : answer(found)
    }
  }
  return {
    'GET /terrarium/tr': () => json([...terrariums.values()]),
    'POST /terrarium/tr': (call) => {
      const body = objectOf(call) ?? {}
      const name = textOf(body, 'name')
      if (name === '') return say(400, false, 'failed to bind the request')
      const terrarium = { name, id: name, description: textOf(body, 'description') }
      terrariums.set(name, terrarium)
      return json(terrarium)
    },
    'GET /terrarium/tr/:trId': one((terrarium) => json(terrarium)),
    'DELETE /terrarium/tr/:trId': one(({ id }) => {
      terrariums.delete(id)
      return say(200, true, `successfully erased the entire terrarium (trId: ${id})`)
    }),
    'GET /terrarium/tr/:trId/vpn/aws-to-site': one(({ id }) =>
      json({ success: true, message: 'the VPN is up', object: { terrarium: id, state: 'up' } }),
    ),
  }
}
