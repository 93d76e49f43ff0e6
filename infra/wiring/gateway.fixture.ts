import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'

interface Entry {
  readonly revision: number
  readonly by: string
  readonly written: { readonly revision: number; readonly by: string }
  readonly owner: string
  readonly document: Readonly<Record<string, unknown>>
  readonly isDraining: boolean
}

type Reply = readonly [status: number, body?: unknown, revision?: number]

/** The fixed points of the Admin API that wiring relies on, over HTTP and in memory, and levers to make it fail. */
export class StandInGateway {
  readonly upstreams = new Map<string, Entry>()
  readonly tokens = new Map<string, string>([['wiring-token', 'given']])
  /** `METHOD path` of each request that was answered. */
  readonly log: string[] = []
  readonly owners: string[] = []
  /** Requests in flight at a drained upstream; each look finds one less. */
  inFlight = 0
  /** Drops that many further requests without an answer. */
  away = 0
  /** Runs before a request is looked at. */
  before: (method: string, path: string) => void = () => undefined
  /** Drops the connection once it has done what the request asked for. */
  losesAnswerOf: string | undefined
  bootstrap: string | undefined
  readonly #passwords = new Map<string, string>()
  #revision = 0
  #server: Server | undefined

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then((reply) => {
        if (reply === undefined) return request.socket.destroy()
        const [status, body, revision] = reply
        if (revision !== undefined) response.setHeader('etag', `"${revision}"`)
        response.writeHead(status, { 'content-type': 'application/json' })
        return response.end(body === undefined ? undefined : JSON.stringify(body))
      })
    })
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server?.close()
    this.#server?.closeAllConnections()
  }

  /** What somebody does by hand. */
  set(name: string, entry: Partial<Pick<Entry, 'owner' | 'document' | 'isDraining'>>, by = 'eve') {
    const before = this.upstreams.get(name)
    const mark = { revision: (this.#revision += 1), by }
    const after = { owner: 'user eve', document: {}, isDraining: false, ...before, ...entry }
    const isSame = isDeepStrictEqual(before?.document, after.document)
    const written = (isSame ? before?.written : undefined) ?? mark
    this.upstreams.set(name, { ...after, ...mark, written })
  }

  async #answer(request: IncomingMessage): Promise<Reply | undefined> {
    if (this.away > 0) {
      this.away -= 1
      return undefined
    }
    const url = new URL(request.url ?? '/', 'http://a')
    const path = url.pathname.replace('/__admin/api/', '')
    const { method = 'GET' } = request
    this.before(method, path)
    this.log.push(`${method} ${path}`)
    const body = JSON.parse((await text(request)) || '{}') as Readonly<Record<string, unknown>>
    const bearer = (request.headers.authorization ?? '').replace('Bearer ', '')
    const reply = this.#perform({ method, path, url, body, bearer, request })
    if (this.losesAnswerOf === `${method} ${path}`) {
      this.losesAnswerOf = undefined
      return undefined
    }
    return reply
  }

  #perform(call: Call): Reply {
    const { method, path, body, bearer } = call
    if (path === 'bootstrap') return this.#begin(bearer, body)
    if (path === 'session' && method === 'POST') {
      const token = this.#passwords.get(String(body['user'])) === body['password']
      return token ? [200, { token: 'session' }] : [401, { detail: 'Wrong password.' }]
    }
    if (bearer !== 'session' && !this.tokens.has(bearer)) return [401, { detail: 'No such token.' }]
    if (path === 'session') return [200, {}]
    if (path === 'tokens' && method === 'GET') {
      const items = [...this.tokens].map(([token, name]) => ({ id: idOf(token), name }))
      return [200, { items }]
    }
    if (path === 'tokens') {
      const token = `token-${this.tokens.size}-${Math.random()}`
      this.tokens.set(token, String(body['name']))
      return [201, { token, id: idOf(token) }]
    }
    if (path.startsWith('tokens/')) {
      for (const token of this.tokens.keys()) {
        if (idOf(token) === path.slice('tokens/'.length)) this.tokens.delete(token)
      }
      return [204]
    }
    return this.#upstream(call)
  }

  #begin(bearer: string, body: Readonly<Record<string, unknown>>): Reply {
    if (this.bootstrap === undefined || bearer !== this.bootstrap) return [401, {}]
    this.bootstrap = undefined
    this.#passwords.set(String(body['user']), String(body['password']))
    return [201, {}]
  }

  #upstream({ method, path, url, body, bearer, request }: Call): Reply {
    const [, name = '', action] = path.split('/')
    const entry = this.upstreams.get(name)
    if (method === 'GET') return this.#show(name, entry)
    const { 'if-match': match, 'if-none-match': none } = request.headers
    if (match === undefined && none === undefined) return [428, {}]
    const isCurrent = none === '*' ? entry === undefined : match === `"${entry?.revision ?? 0}"`
    if (!isCurrent) return [412, { detail: 'It was changed.' }]
    const owner = url.searchParams.get('owner') ?? ''
    if (entry !== undefined && entry.owner !== owner) return [409, { detail: 'Not yours.' }]
    this.owners.push(owner)
    if (method === 'DELETE') {
      this.upstreams.delete(name)
      return [200, {}]
    }
    const published = { document: kept(body, entry), owner, isDraining: false }
    this.set(name, action === 'drain' ? { isDraining: true } : published, this.#authorOf(bearer))
    return [entry === undefined ? 201 : 200, {}, this.#revision]
  }

  #authorOf(bearer: string): string {
    return `token ${this.tokens.get(bearer) ?? ''}`
  }

  #show(name: string, entry: Entry | undefined): Reply {
    if (entry === undefined) return [404, { detail: 'There is none.' }]
    const { document, owner, revision, by, written, isDraining } = entry
    const inFlight = isDraining ? Math.max(0, this.inFlight--) : 0
    const draining = inFlight === 0 ? 'drained' : 'draining'
    const drain = { state: isDraining ? draining : 'open', inFlight, unconfirmed: 0 }
    const shown = { name, owner, revision, by, written, ...concealed(document), drain }
    return [200, shown, revision]
  }
}

interface Call {
  readonly method: string
  readonly path: string
  readonly url: URL
  readonly body: Readonly<Record<string, unknown>>
  readonly bearer: string
  readonly request: IncomingMessage
}

/** Credentials are shown to nobody, and kept when what was shown comes back. */
function concealed(document: Entry['document']): Entry['document'] {
  const { basic } = (document['auth'] ?? {}) as { readonly basic?: object }
  return basic === undefined
    ? document
    : { ...document, auth: { basic: { ...basic, password: '***' } } }
}

const kept = (body: Entry['document'], entry: Entry | undefined): Entry['document'] =>
  JSON.stringify(body['auth'] ?? {}).includes('***')
    ? { ...body, auth: entry?.document['auth'] }
    : body

const idOf = (token: string) => createHash('sha256').update(token).digest('hex').slice(0, 8)

/** Time that passes when somebody waits, and only then. */
export function fakePace() {
  const waits: number[] = []
  let ms = 0
  const wait = (forMs: number) => {
    waits.push(forMs)
    ms += forMs
    return Promise.resolve()
  }
  return { now: () => ms, wait, waits }
}

/** A component's API on loopback that answers its readiness request as it is told. */
export async function component() {
  const state = { status: 200, asked: [] as (string | undefined)[] }
  const server = createServer((request, response) => {
    state.asked.push(request.headers.authorization)
    response.writeHead(state.status).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { state, url, stop }
}
