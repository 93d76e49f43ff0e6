import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { message } from './replies.ts'
import { createRouter } from './router.ts'
import type { Call, Found, Reply, Routes } from './router.ts'

/** What imitates one component: its routes and who may call them. */
export interface StandIn {
  readonly name: string
  readonly routes: Routes
  /** Absent for a component that asks nobody. */
  readonly credentials?: Credentials
  /** Whether a call needs no credentials (readiness, signed S3 requests ...). */
  readonly isOpen?: (call: Call) => boolean
  /** Runs before authentication, as the middlewares of the real service do; an answer ends the call. */
  readonly before?: (call: Call) => Reply | undefined
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** A stand-in that listens: on a free port of 127.0.0.1, unless it is told where. */
export interface RunningStandIn {
  readonly url: string
  /** Ends every connection, streams included. */
  readonly close: () => Promise<void>
}

const MAX_BODY_BYTES = 64 * 1024 * 1024

/** Where a stand-in listens. */
export interface ListenAt {
  readonly host: string
  readonly port: number
}

const ANYWHERE: ListenAt = { host: '127.0.0.1', port: 0 }

/** Starts a stand-in. Failures of a handler become the `500` that the real services' framework answers. */
export async function startStandIn(standIn: StandIn, at = ANYWHERE): Promise<RunningStandIn> {
  const find = createRouter(standIn.routes)
  const server = createServer((request, response) => {
    void answer(standIn, find, request, response)
  })
  const sockets = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    if (standIn.upgrade === undefined) socket.destroy()
    else standIn.upgrade(request, socket, head)
  })
  const port = await listen(server, at)
  return {
    url: `http://${at.host}:${port}`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function listen(server: Server, { host, port }: ListenAt): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

type Find = (method: string, path: string) => Found

async function answer(
  standIn: StandIn,
  find: Find,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request)
    if (body === undefined) return send(response, message(413, 'Request Entity Too Large'))
    const url = request.url ?? '/'
    const [path = '/'] = url.split('?', 1)
    const found = find(request.method ?? 'GET', path)
    const query = new URLSearchParams(url.slice(path.length + 1))
    const call = { request, response, path, query, body, param: paramOf(found) }
    if (request.headers.origin !== undefined) allowAnyOrigin(response)
    const reply = refuse(standIn, call) ?? (await handle(found, call))
    if (reply !== undefined) send(response, reply)
  } catch {
    if (response.headersSent) response.destroy()
    else send(response, message(500, 'Internal Server Error'))
  }
}

function refuse(standIn: StandIn, call: Call): Reply | undefined {
  const early = standIn.before?.(call)
  if (early !== undefined) return early
  if (standIn.credentials === undefined || standIn.isOpen?.(call) === true) return undefined
  if (holds(call.request.headers.authorization, standIn.credentials)) return undefined
  const reply = message(401, 'Unauthorized')
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': 'basic realm=Restricted' } }
}

function handle(found: Found, call: Call): ReturnType<typeof run> {
  if (found.kind === 'handler') return run(found, call)
  if (found.kind === 'other-method') return message(405, 'Method Not Allowed')
  return message(404, 'Not Found')
}

const run = (found: Extract<Found, { kind: 'handler' }>, call: Call) => found.handler(call)

function paramOf(found: Found): Call['param'] {
  return (name) => {
    const value = found.kind === 'handler' ? found.params[name] : undefined
    if (value === undefined) throw new Error(`the route declares no parameter "${name}"`)
    return value
  }
}

/** Whether an `Authorization` header carries these credentials (RFC 7617), compared in constant time. */
function holds(header: string | undefined, credentials: Credentials): boolean {
  const found = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '')
  const given = Buffer.from(found?.[1] ?? '', 'base64').toString('utf8')
  return timingSafeEqual(digest(given), digest(`${credentials.username}:${credentials.password}`))
}

const digest = (value: string): Buffer => createHash('sha256').update(value).digest()

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function allowAnyOrigin(response: ServerResponse): void {
  response.setHeader('vary', 'Origin')
  response.setHeader('access-control-allow-origin', '*')
}

function send(response: ServerResponse, reply: Reply): void {
  const length = Buffer.byteLength(reply.body ?? '')
  const hasBody = reply.status !== 204 && reply.status !== 304
  response.writeHead(reply.status, {
    ...(hasBody ? { 'content-length': String(length) } : {}),
    ...reply.headers,
  })
  response.end(hasBody ? reply.body : undefined)
}
