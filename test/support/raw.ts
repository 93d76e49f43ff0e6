import { connect, type Socket } from 'node:net'

/** An HTTP/1.1 answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** Names in lower case, in wire order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly header: (name: string) => string | undefined
  /** Body bytes without chunk framing. */
  readonly body: Buffer
  readonly text: string
  /** The framing (length, last chunk) says that the body is whole. */
  readonly isComplete: boolean
}

/** A TCP connection to the gateway. */
export interface RawConnection {
  readonly write: (bytes: string | Uint8Array) => void
  /** Bytes received so far, as latin1. */
  readonly received: () => string
  /** Resolves when what was received satisfies the test, or the connection is closed. */
  readonly until: (isReached: (received: string) => boolean) => Promise<string>
  /** Ends with a TCP RST, as a killed client does. */
  readonly reset: () => void
  /** Closes the sending half. */
  readonly end: () => void
  readonly close: () => void
  readonly closed: Promise<void>
}

/** A request head (and body) to send; nothing is added but `Host`, unless given. */
export interface RawRequest {
  readonly method?: string
  readonly target: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string | Uint8Array
}

const PATIENCE_MS = 5000

/** Opens a connection to the host and port of a URL. */
export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  const chunks: Buffer[] = []
  const watchers = new Set<() => void>()
  const wake = () => watchers.forEach((watcher) => watcher())
  socket.on('data', (chunk) => (chunks.push(chunk), wake()))
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  void closed.then(wake)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const received = () => Buffer.concat(chunks).toString('latin1')
  return {
    received,
    closed,
    write: (bytes) => void socket.write(bytes),
    until: (isReached) => untilReceived(socket, watchers, received, isReached),
    reset: () => void socket.resetAndDestroy(),
    end: () => void socket.end(),
    close: () => void socket.destroy(),
  }
}

function untilReceived(
  socket: Socket,
  watchers: Set<() => void>,
  received: () => string,
  isReached: (received: string) => boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      watchers.delete(look)
      finish()
    }
    const look = () => {
      const now = received()
      if (isReached(now) || socket.destroyed) settle(() => resolve(now))
    }
    const timer = setTimeout(() => {
      settle(() => reject(new Error(`received only ${JSON.stringify(received().slice(0, 500))}`)))
    }, PATIENCE_MS)
    watchers.add(look)
    look()
  })
}

/** Sends bytes as they are and reads one answer; the connection is closed afterwards. */
export async function sendRaw(
  url: string,
  bytes: string | Uint8Array,
  method = 'GET',
): Promise<RawAnswer> {
  const connection = await openRaw(url)
  try {
    connection.write(bytes)
    const received = await connection.until(
      (text) => parseAnswer(text, method)?.isComplete === true,
    )
    const answer = parseAnswer(received, method)
    if (answer === undefined) throw new Error(`no answer but ${JSON.stringify(received)}`)
    return answer
  } finally {
    connection.close()
  }
}

/** One request with exactly these headers. */
export function askRaw(url: string, request: RawRequest): Promise<RawAnswer> {
  const { method = 'GET', target, headers = [], body = '' } = request
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const lines = hasHost ? headers : [['Host', new URL(url).host] as const, ...headers]
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n')
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)])
  return sendRaw(url, bytes, method)
}

/** Parses an answer as far as it has come; undefined while the head is incomplete. 1xx answers are skipped. */
export function parseAnswer(received: string, method: string): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = received.slice(0, end).split('\r\n')
  const status = Number(first.split(' ')[1])
  const rest = received.slice(end + 4)
  if (status >= 100 && status < 200 && status !== 101) return parseAnswer(rest, method)
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const header = (name: string) => headers.find(([key]) => key === name)?.[1]
  const isBodyless = method === 'HEAD' || status === 204 || status === 304 || status === 101
  const { content, isComplete } = isBodyless
    ? { content: '', isComplete: true }
    : readFraming(rest, header('content-length'), header('transfer-encoding'))
  const body = Buffer.from(content, 'latin1')
  return { status, headers, header, body, text: body.toString(), isComplete }
}

function readFraming(
  rest: string,
  length: string | undefined,
  encoding: string | undefined,
): { content: string; isComplete: boolean } {
  if (encoding === 'chunked') return readChunks(rest)
  if (length === undefined) return { content: rest, isComplete: false }
  return { content: rest.slice(0, Number(length)), isComplete: rest.length >= Number(length) }
}

function readChunks(rest: string): { content: string; isComplete: boolean } {
  let content = ''
  for (let at = 0; ;) {
    const line = rest.indexOf('\r\n', at)
    if (line < 0) return { content, isComplete: false }
    const size = Number.parseInt(rest.slice(at, line), 16)
    if (size === 0) return { content, isComplete: rest.startsWith('\r\n', line + 2) }
    const chunk = rest.slice(line + 2, line + 2 + size)
    content += chunk
    if (chunk.length < size) return { content, isComplete: false }
    at = line + 2 + size + 2
  }
}
