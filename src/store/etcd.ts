import { decodeBase64, encodeBase64 } from '../lib/base64.ts'
import { openStore } from './open.ts'
import { prefixEnd } from '../lib/prefix.ts'
import type { Store, StoreChange, StoreEntry } from '../ports.ts'

/** An etcd (v3.4 or later) and who we are there. */
export interface EtcdServer {
  /** Of the client port, without a path: `http://etcd:2379`. */
  readonly url: string
  readonly login?: { readonly name: string; readonly password: string }
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** One server that does not answer is down; etcd elects a new leader in about a second. */
const PATIENCE_MS = 5000

/**
 * The store that a URL names: `http://user:password@etcd:2379/prefix`; without a path under `prefix`.
 *
 * @throws TypeError when it is no URL; the text of it, which may hold a password, is not repeated.
 */
export function openEtcd(text: string, prefix: string, fetch: Fetch): Store {
  if (!URL.canParse(text)) throw new TypeError('STORE_URL is no URL')
  const { origin, username, password, pathname } = new URL(text)
  const login = { name: decodeURIComponent(username), password: decodeURIComponent(password) }
  const server = { url: origin, ...(username !== '' && { login }) }
  const own = pathname.replace(/\/+$/, '')
  return openStore(createEtcdStore(server, fetch), own === '' ? prefix : own)
}

/** A store in etcd, through its JSON gateway (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway). */
export function createEtcdStore(server: EtcdServer, fetch: Fetch): Store {
  const ask = createAsk(server, fetch)
  return {
    get: async (keys) => {
      const answer = await ask<Transaction>('kv/txn', { success: keys.map(rangeOf) })
      return (answer.responses ?? []).flatMap(({ response_range }) => toEntries(response_range))
    },
    list: async ({ prefix, after, limit, keysOnly = false }) => {
      const end = prefixEnd(prefix)
      const answer = await ask<Range>('kv/range', {
        // The key after `after` is `after` and a zero byte; the range end of one zero byte is the end of all keys.
        key: encode(after === undefined ? prefix : `${after}\0`),
        range_end: encode(end ?? '\0'),
        limit: String(limit),
        keys_only: keysOnly,
      })
      return toEntries(answer)
    },
    commit: async (change) => {
      const answer = await ask<Transaction>('kv/txn', toTransaction(change))
      if (answer.succeeded === true) {
        return { kind: 'done', revision: Number(answer.header.revision) }
      }
      return { kind: 'conflict', key: findConflict(change, answer) }
    },
  }
}

interface KeyValue {
  readonly key: string
  readonly value?: string
  readonly mod_revision: string
}

interface Range {
  readonly kvs?: readonly KeyValue[]
}

interface Transaction {
  readonly header: { readonly revision: string }
  readonly succeeded?: boolean
  readonly responses?: readonly { readonly response_range?: Range }[]
}

const rangeOf = (key: string) => ({ requestRange: { key: encode(key) } })

function toTransaction({ expect, put, remove = [] }: StoreChange) {
  const expected = Object.entries(expect)
  return {
    compare: expected.map(([key, revision]) => ({
      key: encode(key),
      target: 'MOD',
      result: 'EQUAL',
      modRevision: String(revision),
    })),
    success: [
      ...Object.entries(put).map(([key, value]) => ({
        requestPut: { key: encode(key), value: encode(value) },
      })),
      ...remove.map((key) => ({ requestDeleteRange: { key: encode(key) } })),
    ],
    failure: expected.map(([key]) => ({ requestRange: { key: encode(key), keysOnly: true } })),
  }
}

function findConflict({ expect }: StoreChange, { responses = [] }: Transaction): string {
  const found = new Map(
    responses.flatMap(({ response_range }) =>
      toEntries(response_range).map(({ key, revision }) => [key, revision] as const),
    ),
  )
  const moved = Object.entries(expect).find(([key, seen]) => (found.get(key) ?? 0) !== seen)
  return moved?.[0] ?? ''
}

const toEntries = (range: Range | undefined): readonly StoreEntry[] =>
  (range?.kvs ?? []).map(({ key, value = '', mod_revision }) => ({
    key: decode(key),
    value: decode(value),
    revision: Number(mod_revision),
  }))

const encode = (text: string): string => encodeBase64(new TextEncoder().encode(text))
const decode = (text: string): string => new TextDecoder().decode(decodeBase64(text))

/** Posts to the gateway. A token is fetched when it is needed, and again when the server has forgotten it. */
function createAsk({ url, login }: EtcdServer, fetch: Fetch) {
  let token: string | undefined
  const post = (path: string, body: unknown) =>
    fetch(`${url}/v3/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: token }),
      },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  const authenticate = async () => {
    token = undefined
    const answer = await post('auth/authenticate', login)
    token = (await read<{ token: string }>(answer, 'auth/authenticate')).token
  }
  return async <T>(path: string, body: unknown): Promise<T> => {
    if (login !== undefined && token === undefined) await authenticate()
    const answer = await post(path, body)
    if (answer.status !== 401 || login === undefined) return read<T>(answer, path)
    await answer.body?.cancel()
    await authenticate()
    return read<T>(await post(path, body), path)
  }
}

async function read<T>(answer: Response, path: string): Promise<T> {
  if (answer.status === 200) return (await answer.json()) as T
  // Its error texts name keys and codes, never values.
  const text = (await answer.text()).slice(0, 200)
  throw new Error(`etcd answered ${path} with ${answer.status}: ${text}`)
}
