import type { Result } from '../lib/result.ts'
import { type Answer, ask, type Gateway } from './ask.ts'
import type {
  Drain,
  FileChange,
  Me,
  Problem,
  RemoteChange,
  RemoteDiff,
  RemoteExplanation,
  RemoteFile,
  RemoteSnapshot,
  RemoteToken,
  RemoteUpstream,
  Role,
  UpstreamSettings,
  Validation,
} from './types.ts'

type Reply<T> = Promise<Result<Answer<T>, Problem>>

/** A change to an upstream: on whose behalf, and whether in spite of its owner (or, to remove it, of routes). */
export interface UpstreamWill {
  readonly owner?: string
  readonly force?: boolean
  /** The entity tag that was seen; `null`: it must not be there. */
  readonly ifMatch: string | null
  readonly message?: string
}

/** The Admin API of a gateway, for programs. What it refuses is a value; `Unreachable` is thrown. */
export interface AdminClient {
  readonly bootstrap: (user: string, password: string) => Reply<unknown>
  readonly signIn: (
    user: string,
    password: string,
  ) => Reply<{ readonly token: string; readonly expires: string }>
  readonly whoAmI: () => Reply<Me>
  readonly signOut: () => Reply<unknown>
  readonly createToken: (token: {
    readonly name: string
    readonly role: Role
    readonly expires?: string | null
  }) => Reply<RemoteToken & { readonly token: string }>
  /** One's own; admins see all. */
  readonly listTokens: () => Reply<{ readonly items: readonly RemoteToken[] }>
  readonly removeToken: (id: string) => Reply<unknown>

  /** The etag is the head's. */
  readonly listFiles: (snapshot?: string) => Reply<{ readonly items: readonly RemoteFile[] }>
  readonly readFile: (name: string, snapshot?: string) => Reply<string>
  /** What the gateway would do with a request. */
  readonly explain: (method: string, path: string) => Reply<RemoteExplanation>
  readonly validate: (change: FileChange) => Reply<Validation>
  /** `ifMatch` is the head's etag. */
  readonly publish: (
    change: FileChange & { readonly message: string },
    ifMatch: string,
  ) => Reply<RemoteChange>

  /** The etag is the head's. */
  readonly listSnapshots: (page: {
    readonly limit: number
    readonly cursor?: string
  }) => Reply<{ readonly items: readonly RemoteSnapshot[]; readonly next?: string }>
  /** `head` is a hash too. */
  readonly diff: (from: string, to: string) => Reply<RemoteDiff>
  readonly rollback: (
    hash: string,
    will: { readonly withUpstreams: boolean; readonly message: string; readonly ifMatch: string },
  ) => Reply<RemoteChange>

  readonly listUpstreams: () => Reply<{ readonly items: readonly RemoteUpstream[] }>
  readonly getUpstream: (name: string) => Reply<RemoteUpstream & { readonly drain: Drain }>
  readonly putUpstream: (
    name: string,
    settings: UpstreamSettings,
    will: UpstreamWill,
  ) => Reply<RemoteChange>
  /** `timeout` is a Go duration; 60 s when absent. */
  readonly drainUpstream: (
    name: string,
    will: UpstreamWill & { readonly timeout?: string },
  ) => Reply<RemoteChange>
  /** `closed`: routes that need it answer 503 from then on. */
  readonly removeUpstream: (
    name: string,
    will: UpstreamWill & { readonly closed?: boolean },
  ) => Reply<RemoteChange>
}

/** A client of one gateway. */
export function createAdminClient(gateway: Gateway): AdminClient {
  return { ...sessions(gateway), ...documents(gateway), ...upstreams(gateway) }
}

type Sessions = Pick<
  AdminClient,
  'bootstrap' | 'signIn' | 'whoAmI' | 'signOut' | 'createToken' | 'listTokens' | 'removeToken'
>

const sessions = (gateway: Gateway): Sessions => ({
  bootstrap: (user, password) =>
    ask(gateway, { method: 'POST', path: 'bootstrap', body: { user, password } }),
  signIn: (user, password) =>
    ask(gateway, { method: 'POST', path: 'session', body: { user, password } }),
  whoAmI: () => ask(gateway, { method: 'GET', path: 'session' }),
  signOut: () => ask(gateway, { method: 'DELETE', path: 'session' }),
  createToken: (token) => ask(gateway, { method: 'POST', path: 'tokens', body: token }),
  listTokens: () => ask(gateway, { method: 'GET', path: 'tokens' }),
  removeToken: (id) => ask(gateway, { method: 'DELETE', path: `tokens/${encode(id)}` }),
})

type Documents = Pick<
  AdminClient,
  | 'listFiles'
  | 'readFile'
  | 'explain'
  | 'validate'
  | 'publish'
  | 'listSnapshots'
  | 'diff'
  | 'rollback'
>

const documents = (gateway: Gateway): Documents => ({
  listFiles: (snapshot) => ask(gateway, { method: 'GET', path: 'documents', query: { snapshot } }),
  readFile: (name, snapshot) =>
    ask(gateway, { method: 'GET', path: `documents/${encode(name)}`, query: { snapshot } }),
  explain: (method, path) =>
    ask(gateway, { method: 'GET', path: 'explain', query: { method, path } }),
  validate: (change) => ask(gateway, { method: 'POST', path: 'validate', body: change }),
  publish: (change, ifMatch) =>
    ask(gateway, { method: 'POST', path: 'snapshots', body: change, ifMatch }),
  listSnapshots: ({ limit, cursor }) =>
    ask(gateway, { method: 'GET', path: 'snapshots', query: { limit: String(limit), cursor } }),
  diff: (from, to) =>
    ask(gateway, { method: 'GET', path: `snapshots/${encode(from)}/diff`, query: { to } }),
  rollback: (hash, { withUpstreams, message, ifMatch }) =>
    ask(gateway, {
      method: 'POST',
      path: `snapshots/${encode(hash)}/rollback`,
      query: { 'with-upstreams': String(withUpstreams), message },
      ifMatch,
    }),
})

type Upstreams = Pick<
  AdminClient,
  'listUpstreams' | 'getUpstream' | 'putUpstream' | 'drainUpstream' | 'removeUpstream'
>

const upstreams = (gateway: Gateway): Upstreams => ({
  listUpstreams: () => ask(gateway, { method: 'GET', path: 'upstreams' }),
  getUpstream: (name) => ask(gateway, { method: 'GET', path: `upstreams/${encode(name)}` }),
  putUpstream: (name, settings, will) =>
    ask(gateway, {
      method: 'PUT',
      path: `upstreams/${encode(name)}`,
      body: settings,
      query: toQuery(will),
      ifMatch: will.ifMatch,
    }),
  drainUpstream: (name, will) =>
    ask(gateway, {
      method: 'POST',
      path: `upstreams/${encode(name)}/drain`,
      query: { ...toQuery(will), timeout: will.timeout },
      ifMatch: will.ifMatch,
    }),
  removeUpstream: (name, will) =>
    ask(gateway, {
      method: 'DELETE',
      path: `upstreams/${encode(name)}`,
      query: { ...toQuery(will), closed: will.closed === true ? 'true' : undefined },
      ifMatch: will.ifMatch,
    }),
})

const toQuery = ({ owner, force, message }: UpstreamWill) => ({
  owner,
  force: force === true ? 'true' : undefined,
  message,
})

const encode = encodeURIComponent
