import { WebSocketServer } from 'ws'
import { html, json, text } from './replies.ts'
import type { Call, Routes } from './router.ts'
import { cloudRoutes } from './spider-cloud.ts'
import { infoRoutes } from './spider-info.ts'
import { s3Routes } from './spider-s3.ts'
import type { Credentials, StandIn } from './stand-in.ts'
import type { World } from './world.ts'

/** CB-Spider v0.13: one API over the clouds, under `/spider`; the paths of 2020-21 are still among them. */
export function createSpider(world: World, credentials: Credentials): StandIn {
  const terminal = new WebSocketServer({ noServer: true })
  terminal.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  return {
    name: 'cb-spider',
    credentials,
    isOpen,
    routes: {
      ...systemRoutes,
      ...infoRoutes(world),
      ...cloudRoutes(world),
      ...s3Routes(world, credentials),
    },
    upgrade: (request, socket, head) => {
      if (request.url?.split('?', 1)[0] !== '/spider/adminweb/sshwebterminal/ws') socket.destroy()
      else terminal.handleUpgrade(request, socket, head, (ws) => terminal.emit('connection', ws))
    },
  }
}

const OPEN =
  /^\/spider\/(endpointinfo|version|ver|health|healthcheck|ping|readyz|adminweb.*|api.*)$/

/** The paths without Basic authentication: readiness, pages, and S3 requests, which sign themselves. */
const isOpen = (call: Call): boolean =>
  OPEN.test(call.path) ||
  (isS3(call.path) && call.request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') === true)

const isS3 = (path: string): boolean => path === '/spider/s3' || path.startsWith('/spider/s3/')

const ready = () => json({ message: 'CB-Spider is ready' })
const version = () => json({ Version: 'v0.13.0' })

const systemRoutes: Routes = {
  'GET /spider/readyz': ready,
  'GET /spider/healthcheck': ready,
  'GET /spider/health': ready,
  'GET /spider/ping': ready,
  'GET /spider/version': version,
  'GET /spider/ver': version,
  'GET /spider/endpointinfo': (call) => {
    const host = `http://${call.request.headers.host ?? 'cb-spider'}/spider`
    return text(
      `\n  <CB-Spider> Multi-Cloud Infrastructure Federation Framework\n` +
        `     - AdminWeb: ${host}/adminweb\n     - REST API: ${host}\n`,
    )
  },
  'GET /spider/adminweb': () =>
    html('<!doctype html><title>CB-Spider AdminWeb</title><h1>CB-Spider AdminWeb</h1>\n'),
}
