import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { WebSocketServer, type WebSocket } from 'ws'
import { KEY_PATTERN, type Answer, type Script, type Seen, type Step } from './script.ts'
import { verifySignature } from './sigv4.ts'

/** A running upstream: a real HTTP server on a free port of 127.0.0.1. */
export interface UpstreamServer {
  readonly url: string
  /** Bytes of request bodies received so far, of all requests. */
  readonly bytesReceived: () => number
  readonly close: () => Promise<void>
}

/** What one server remembers about one test. */
interface Memory {
  script: Script
  readonly seen: Seen[]
  readonly opened: Set<string>
  readonly waiting: Map<string, (() => void)[]>
}

const KEPT_BYTES = 64 * 1024
const PIECE = Buffer.alloc(64 * 1024, 'x')

/** Starts an upstream that echoes requests, or answers them as a test scripted (see `Answer`). */
export async function startUpstream(name = 'first'): Promise<UpstreamServer> {
  const memories = new Map<string, Memory>()
  const recall = (key: string): Memory => {
    const known = memories.get(key)
    if (known !== undefined) return known
    const fresh: Memory = { script: {}, seen: [], opened: new Set(), waiting: new Map() }
    memories.set(key, fresh)
    return fresh
  }
  let bytesReceived = 0
  const server = createServer({ maxHeaderSize: 1 << 20, requestTimeout: 0 })
  server.on('request', (request, response) => {
    request.on('data', (chunk: Buffer) => (bytesReceived += chunk.length))
    const [, , verb, key] = (request.url ?? '').split('/')
    if (request.url?.startsWith('/__upstream/') && verb !== undefined && key !== undefined) {
      return void control(recall(key), verb, request, response)
    }
    const memory = recall(keyOf(request))
    return void serve(name, memory, request, response)
  })
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true })
  server.on('upgrade', (request, socket, head) => {
    const memory = recall(keyOf(request))
    const seen = remember(name, memory, request)
    const answer = chooseAnswer(memory.script, request)
    if (answer?.status !== undefined) return refuseUpgrade(socket, answer)
    sockets.handleUpgrade(request, socket, head, (webSocket) => echoMessages(webSocket, seen))
  })
  server.on('connect', (_request, socket) => socket.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    bytesReceived: () => bytesReceived,
    close: async () => {
      for (const client of sockets.clients) client.terminate()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const keyOf = (request: IncomingMessage): string => KEY_PATTERN.exec(request.url ?? '')?.[0] ?? ''

async function control(
  memory: Memory,
  verb: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  if (verb === 'script') memory.script = JSON.parse(text) as Script
  if (verb === 'open') {
    memory.opened.add(text)
    for (const go of memory.waiting.get(text) ?? []) go()
  }
  response.end(verb === 'seen' ? JSON.stringify(memory.seen) : undefined)
}

async function serve(
  name: string,
  memory: Memory,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const seen = remember(name, memory, request)
  response.on('close', () => {
    seen.isFinished = response.writableFinished
    if (!response.writableFinished) seen.isAborted = true
  })
  response.on('error', () => {})
  const whole = readBody(request, seen)
  const answer = chooseAnswer(memory.script, request)
  if (answer?.early !== true && !(await whole)) return
  if (answer === undefined) return echo(seen, response)
  if (answer.gate !== undefined) await gateOpened(memory, answer.gate)
  if (answer.pauseMs !== undefined) await pause(answer.pauseMs)
  await send(answer, memory, request, response)
}

/** Records the request; its fields are filled in as things happen. */
function remember(name: string, memory: Memory, request: IncomingMessage): Seen {
  const headers: [string, string][] = []
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    headers.push([request.rawHeaders[i] ?? '', request.rawHeaders[i + 1] ?? ''])
  }
  const seen: Seen = {
    server: name,
    method: request.method ?? '',
    url: request.url ?? '',
    headers,
    body: '',
    bytes: 0,
    at: Date.now(),
    isWhole: false,
    isAborted: false,
    isFinished: false,
  }
  memory.seen.push(seen)
  return seen
}

/** False when the body broke off. */
async function readBody(request: IncomingMessage, seen: Seen): Promise<boolean> {
  const hash = createHash('sha256')
  const kept: Buffer[] = []
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      seen.firstByteAt ??= Date.now()
      if (seen.bytes < KEPT_BYTES) kept.push(chunk)
      seen.bytes += chunk.length
      hash.update(chunk)
      seen.body = seen.bytes <= KEPT_BYTES ? Buffer.concat(kept).toString() : seen.body
    }
  } catch {
    seen.isAborted = true
    return false
  }
  seen.sha256 = hash.digest('hex')
  seen.isWhole = true
  const signature = verifySignature({ ...seen, bodyHash: seen.sha256 })
  if (signature !== undefined) seen.signature = signature
  return true
}

function chooseAnswer(script: Script, request: IncomingMessage): Answer | undefined {
  const [path = ''] = (request.url ?? '').split('?')
  const named = path.split('/').find((segment) => Object.hasOwn(script, segment))
  return script[named ?? '*']
}

function echo(seen: Seen, response: ServerResponse): void {
  const { server, method, url, headers, body } = seen
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ server, method, url, headers, body }))
}

async function send(
  answer: Answer,
  memory: Memory,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (answer.wire !== undefined) {
    request.socket.end(answer.wire, 'latin1')
    return
  }
  if (answer.file !== undefined) return sendFile(answer.file, request, response)
  const content =
    answer.gzip === true ? gzipSync(answer.body ?? '') : Buffer.from(answer.body ?? '')
  const headers = [...(answer.headers ?? [])]
  if (answer.gzip === true) headers.push(['Content-Encoding', 'gzip'])
  if (answer.steps === undefined && !isBodyless(answer.status ?? 200)) {
    headers.push(['Content-Length', String(content.length)])
  }
  response.writeHead(answer.status ?? 200, headers.flat())
  if (answer.steps === undefined) return void response.end(content)
  response.flushHeaders()
  for (const step of answer.steps) {
    if (response.destroyed) return
    await carryOut(step, memory, response)
  }
  response.end()
}

const isBodyless = (status: number): boolean => status === 204 || status === 304

async function carryOut(step: Step, memory: Memory, response: ServerResponse): Promise<void> {
  if ('text' in step) return write(response, Buffer.from(step.text))
  if ('base64' in step) return write(response, Buffer.from(step.base64, 'base64'))
  if ('repeat' in step) return repeat(response, step)
  if ('gate' in step) return gateOpened(memory, step.gate)
  if ('pauseMs' in step) return pause(step.pauseMs)
  if ('fill' in step) return fill(response, step.fill)
  if (step.do === 'forever') return fill(response, Infinity)
  const { socket } = response
  if (step.do === 'reset') socket?.resetAndDestroy()
  else socket?.destroy()
}

async function fill(response: ServerResponse, bytes: number): Promise<void> {
  for (let left = bytes; left > 0 && !response.destroyed; left -= PIECE.length) {
    await write(response, left < PIECE.length ? PIECE.subarray(0, left) : PIECE)
  }
}

async function repeat(
  response: ServerResponse,
  { repeat, times }: { readonly repeat: string; readonly times: number },
): Promise<void> {
  const perPiece = Math.max(1, Math.ceil(KEPT_BYTES / repeat.length))
  for (let left = times; left > 0 && !response.destroyed; left -= perPiece) {
    await write(response, Buffer.from(repeat.repeat(Math.min(left, perPiece))))
  }
}

/** Resolves when the bytes left this process or the connection is gone. */
const write = (response: ServerResponse, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed) return resolve()
    response.once('close', resolve)
    response.write(bytes, () => {
      response.off('close', resolve)
      resolve()
    })
  })

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function gateOpened(memory: Memory, gate: string): Promise<void> {
  if (memory.opened.has(gate)) return Promise.resolve()
  return new Promise((resolve) => {
    memory.waiting.set(gate, [...(memory.waiting.get(gate) ?? []), resolve])
  })
}

function sendFile(
  file: { readonly bytes: number; readonly etag: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const content = Buffer.from(Array.from({ length: file.bytes }, (_, i) => 97 + (i % 26)))
  response.setHeader('etag', file.etag)
  response.setHeader('accept-ranges', 'bytes')
  if (request.headers['if-none-match'] === file.etag) return void response.writeHead(304).end()
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  const [start, end] = range === null ? [0, file.bytes - 1] : [Number(range[1]), Number(range[2])]
  if (range !== null) response.setHeader('content-range', `bytes ${start}-${end}/${file.bytes}`)
  const part = content.subarray(start, end + 1)
  response.setHeader('content-length', part.length)
  response.writeHead(range === null ? 200 : 206)
  response.end(request.method === 'HEAD' ? undefined : part)
}

function refuseUpgrade(socket: Duplex, answer: Answer): void {
  const body = answer.body ?? ''
  socket.end(
    `HTTP/1.1 ${answer.status} Refused\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
}

/** Echoes messages; the text `close 4001 why` makes the upstream close, `drop` cuts the connection. */
function echoMessages(webSocket: WebSocket, seen: Seen): void {
  webSocket.on('message', (data: Buffer, isBinary) => {
    const text = isBinary ? '' : data.toString()
    const [verb, code, reason] = text.split(' ')
    if (verb === 'close') return webSocket.close(Number(code), reason)
    if (verb === 'drop') return webSocket.terminate()
    return webSocket.send(data, { binary: isBinary })
  })
  webSocket.on('close', (code) => (seen.closeCode = code))
}
