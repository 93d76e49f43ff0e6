import { WebSocket } from 'ws'
import type { Ask, Talk, Wire } from '../contract/host.ts'
import { askRaw, openRaw, sendRaw } from '../support/raw.ts'
import { createMailbox } from './mailbox.ts'

/** Why clients that close (and do not reset) are not noticed while the gateway has nothing to write. */
export const CLOSING_LOOKS_LIKE_HALF_CLOSING =
  'a closed connection looks like a half-closed one, which workerd reports when it writes'

/** Requests over HTTP to a gateway's address; redirects are handed out as they are. */
export const createFetch =
  (url: string) =>
  (path: string, ask: Ask = {}): Promise<Response> =>
    fetch(url.replace(/\/$/, '') + path, {
      ...ask,
      redirect: 'manual',
      ...(ask.body instanceof ReadableStream && { duplex: 'half' }),
    })

/** The gateway's TCP port. */
export const createWire = (url: string): Wire => ({
  host: url,
  ask: (request) => askRaw(url, request),
  send: (bytes) => sendRaw(url, bytes),
  open: () => openRaw(url),
})

/** Opens a WebSocket; rejects with the status when the upgrade is refused. */
export const createTalks =
  (url: string) =>
  (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Talk> => {
    const { 'Sec-WebSocket-Protocol': protocols, ...rest } = headers
    const socket = new WebSocket(
      url.replace(/^http/, 'ws').replace(/\/$/, '') + path,
      protocols?.split(', ') ?? [],
      { headers: rest },
    )
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('unexpected-response', (_, answer) => {
        reject(new Error(`the upgrade was answered with ${answer.statusCode}`))
        socket.on('error', () => {})
        socket.terminate()
      })
      socket.once('open', () => resolve(toTalk(socket)))
    })
  }

function toTalk(socket: WebSocket): Talk {
  const mailbox = createMailbox<string | Uint8Array>()
  socket.on('message', (data: Buffer, isBinary) => {
    mailbox.put(isBinary ? new Uint8Array(data) : data.toString())
  })
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)))
  return {
    protocol: socket.protocol,
    send: (data) => socket.send(data),
    next: mailbox.next,
    close: (code, reason) => socket.close(code, reason),
    closed,
  }
}
