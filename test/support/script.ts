/** A part of a scripted answer's body; parts are carried out in order. */
export type Step =
  | { readonly text: string }
  /** Exact bytes, in base64. */
  | { readonly base64: string }
  /** So many bytes of `x`, written in pieces of 64 KiB as fast as the reader takes them. */
  | { readonly fill: number }
  /** The same text many times. */
  | { readonly repeat: string; readonly times: number }
  /** Waits until the test opens the gate of this name. */
  | { readonly gate: string }
  | { readonly pauseMs: number }
  /** `reset` sends a TCP RST, `close` ends the connection early, `forever` writes until the reader goes away. */
  | { readonly do: 'reset' | 'close' | 'forever' }

/** What the upstream answers; without any of it, it echoes the request as JSON. */
export interface Answer {
  readonly status?: number
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
  readonly steps?: readonly Step[]
  /** Head and body as bytes on the wire (latin1), after which the connection is closed. */
  readonly wire?: string
  /** A file of so many bytes that honours `Range`, `If-None-Match` and HEAD. */
  readonly file?: { readonly bytes: number; readonly etag: string }
  /** Compresses `body` and says so. */
  readonly gzip?: boolean
  /** Answers before the request body has been read. */
  readonly early?: boolean
  /** Gate to wait for before the head is sent. */
  readonly gate?: string
  readonly pauseMs?: number
}

/** Answers by path segment: the first segment of the request's path that is a key wins, else `*`. */
export type Script = Readonly<Record<string, Answer>>

/** One request as the upstream saw it. */
export interface Seen {
  /** Which upstream server: `first` or `second`. */
  readonly server: string
  readonly method: string
  /** The request target, byte for byte. */
  readonly url: string
  /** Names and values in wire order and case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The first 64 KiB of the body. */
  body: string
  bytes: number
  sha256?: string
  /** Milliseconds since the epoch. */
  readonly at: number
  firstByteAt?: number
  /** The request body arrived whole. */
  isWhole: boolean
  /** The gateway went away before it had the answer. */
  isAborted: boolean
  /** The answer was written to its end. */
  isFinished: boolean
  /** What the signature verifier says of a request signed for S3. */
  signature?: string
  /** Close code of a WebSocket, once it is closed. */
  closeCode?: number
}

/** The body of an echoed request. */
export interface Echo {
  readonly server: string
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** A test's remote control of an upstream; works over HTTP, so also from inside workerd. */
export interface Upstream {
  readonly url: string
  readonly script: (key: string, script: Script | Answer) => Promise<void>
  readonly seen: (key: string) => Promise<readonly Seen[]>
  /** Polls until the requests seen satisfy the test, at most three seconds. */
  readonly until: (
    key: string,
    isReached: (seen: readonly Seen[]) => boolean,
  ) => Promise<readonly Seen[]>
  readonly open: (key: string, gate: string) => Promise<void>
}

/** What finds a script again in the URL of a request, and keeps tests apart. */
export const KEY_PATTERN = /key-[0-9a-z]+/

/** A key no other test uses. */
export const freshKey = (): string =>
  `key-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`

const PATIENCE_MS = 3000
const POLL_MS = 5

/** Controls the upstream that listens at an address. */
export function controlUpstream(url: string): Upstream {
  const seen = async (key: string) =>
    JSON.parse(await call(`${url}/__upstream/seen/${key}`)) as readonly Seen[]
  return {
    url,
    seen,
    script: async (key, script) => {
      const body = JSON.stringify(isScript(script) ? script : { '*': script })
      await call(`${url}/__upstream/script/${key}`, { method: 'POST', body })
    },
    open: async (key, gate) => {
      await call(`${url}/__upstream/open/${key}`, { method: 'POST', body: gate })
    },
    until: async (key, isReached) => {
      const deadline = Date.now() + PATIENCE_MS
      for (;;) {
        const now = await seen(key)
        if (isReached(now)) return now
        if (Date.now() > deadline) throw new Error(`upstream saw only ${JSON.stringify(now)}`)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
  }
}

const ANSWER_KEYS = new Set([
  'status',
  'headers',
  'body',
  'steps',
  'wire',
  'file',
  'gzip',
  'early',
  'gate',
  'pauseMs',
])

const isScript = (value: Script | Answer): value is Script =>
  Object.keys(value).some((key) => !ANSWER_KEYS.has(key))

/** Asks again when the connection was one that a scripted answer had broken: inside workerd it is shared. */
async function call(url: string, init: RequestInit = {}, attempts = 3): Promise<string> {
  try {
    return await (await fetch(url, init)).text()
  } catch (error) {
    if (attempts === 1) throw error
    return call(url, init, attempts - 1)
  }
}
