import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

const ACCOUNT = '0123456789abcdef0123456789abcdef'

interface Metadata {
  readonly bindings?: readonly { readonly name: string; readonly type: string }[]
  readonly migrations?: { readonly new_tag: string; readonly steps: readonly unknown[] }
  readonly compatibility_flags?: readonly string[]
  readonly limits?: unknown
}

/** A Worker as an account holds it. */
interface Script {
  /** What the upload says of it: bindings, migrations, compatibility. */
  readonly metadata: Metadata
  /** Name and text of each module. */
  readonly modules: ReadonlyMap<string, string>
  /** Tag of the last migration of its objects. */
  readonly migrated: string | undefined
}

/** An account on loopback that real wrangler deploys to, and what is in it. */
export interface CloudflareAccount {
  /** What wrangler has to be told: where the API is, and a token. */
  readonly env: Readonly<Record<string, string>>
  readonly scripts: Map<string, Script>
  readonly secrets: Map<string, string>
  readonly namespaces: string[]
  /** Method and path of all requests, below the account. */
  readonly requests: string[]
}

interface Answer {
  readonly status: number
  readonly result: unknown
}

/**
 * The part of Cloudflare's API (v4) that `wrangler deploy` and `wrangler secret` use, with the state that their next calls
 * see. An unknown path is a 404, as in the real one, so that what a new wrangler asks is noticed.
 */
export async function startCloudflareApi(): Promise<CloudflareAccount> {
  const account = {
    scripts: new Map<string, Script>(),
    secrets: new Map<string, string>(),
    namespaces: [] as string[],
    requests: [] as string[],
  }
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing, account))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    ...account,
    env: {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
      CLOUDFLARE_API_TOKEN: 'token-of-the-account',
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    },
  }
}

type Account = Omit<CloudflareAccount, 'env'>

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  account: Account,
): Promise<void> {
  const { status, result } = await answerTo(incoming, account)
  const success = status < 400
  const errors = success ? [] : [{ code: status === 404 ? 10_007 : 9109, message: 'refused' }]
  outgoing.writeHead(status, { 'content-type': 'application/json' })
  outgoing.end(JSON.stringify({ success, errors, messages: [], result }))
}

async function answerTo(incoming: IncomingMessage, account: Account): Promise<Answer> {
  const [path = ''] = (incoming.url ?? '').split('?')
  const below = path.replace(`/client/v4/accounts/${ACCOUNT}/`, '')
  const sent = await buffer(incoming)
  account.requests.push(`${incoming.method} ${below}`)
  if (incoming.headers.authorization !== 'Bearer token-of-the-account') return refused(403)
  const type = incoming.headers['content-type'] ?? ''
  const body = new Response(sent, { headers: { 'content-type': type } })
  const found = ROUTES.find(
    ([method, pattern]) => method === incoming.method && pattern.test(below),
  )
  return found === undefined
    ? refused(404)
    : found[2](account, { name: found[1].exec(below)?.[1] ?? '', body })
}

const ok = (result: unknown): Answer => ({ status: 200, result })
const refused = (status: number): Answer => ({ status, result: null })

interface Call {
  readonly name: string
  readonly body: Response
}

type Handler = (account: Account, call: Call) => Answer | Promise<Answer>

const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  [
    'GET',
    /^workers\/scripts\/([^/]+)\/secrets$/,
    ({ scripts, secrets }, { name }) =>
      scripts.has(name)
        ? ok([...secrets.keys()].map((secret) => ({ name: secret, type: 'secret_text' })))
        : refused(404),
  ],
  ['PUT', /^workers\/scripts\/([^/]+)\/secrets$/, putSecret],
  [
    'PATCH',
    /^workers\/scripts\/([^/]+)\/script-settings$/,
    (account, call) => known(account, call, {}),
  ],
  ['GET', /^workers\/subdomain$/, () => ok({ subdomain: 'example' })],
  [
    'GET',
    /^storage\/kv\/namespaces$/,
    ({ namespaces }) => ok(namespaces.map((title) => ({ id: idOf(title), title }))),
  ],
  ['POST', /^storage\/kv\/namespaces$/, makeNamespace],
  ['PUT', /^workers\/scripts\/([^/]+)$/, putScript],
  ['POST', /^workers\/scripts\/([^/]+)\/versions$/, putScript],
  ['POST', /^workers\/scripts\/([^/]+)\/deployments$/, (account, call) => known(account, call, {})],
  ['GET', /^workers\/scripts\/([^/]+)\/settings$/, describeSettings],
  ['GET', /^workers\/services\/([^/]+)$/, describeService],
  ['GET', /^workers\/workers\/([^/]+)$/, (account, call) => known(account, call, SHOWN)],
  [
    'POST',
    /^workers\/scripts\/([^/]+)\/subdomain$/,
    (account, call) => known(account, call, SHOWN.subdomain),
  ],
  ['PATCH', /^workers\/workers\/([^/]+)$/, (account, call) => known(account, call, SHOWN)],
]

/** Reachable under the account's subdomain. */
const SHOWN = { subdomain: { enabled: true, previews_enabled: false } }

const known = ({ scripts }: Account, { name }: Call, result: object): Answer =>
  scripts.has(name) ? ok({ id: name, name, ...result }) : refused(404)

/** Among others how far the migrations of its objects have come. */
function describeService(account: Account, call: Call): Answer {
  const tag = account.scripts.get(call.name)?.migrated
  const script = { id: call.name, tag: 'tag', migration_tag: tag, last_deployed_from: 'wrangler' }
  return known(account, call, { default_environment: { environment: 'production', script } })
}

/** What the Worker is bound to: wrangler finds there which namespaces it made before. */
function describeSettings(account: Account, call: Call): Answer {
  const bindings = account.scripts.get(call.name)?.metadata.bindings
  return known(account, call, { bindings })
}

async function putSecret({ secrets }: Account, { body }: Call): Promise<Answer> {
  const { name, text } = (await body.json()) as { name: string; text: string }
  secrets.set(name, text)
  return ok({ name, type: 'secret_text' })
}

const idOf = (title: string): string =>
  Buffer.from(title).toString('hex').padEnd(32, '0').slice(0, 32)

async function makeNamespace({ namespaces }: Account, { body }: Call): Promise<Answer> {
  const { title } = (await body.json()) as { title: string }
  namespaces.push(title)
  return ok({ id: idOf(title), title })
}

async function putScript({ scripts }: Account, { name, body }: Call): Promise<Answer> {
  const modules = new Map<string, string>()
  let metadata: Metadata = {}
  for (const [part, value] of await body.formData()) {
    const text = typeof value === 'string' ? value : await value.text()
    if (part === 'metadata') metadata = JSON.parse(text) as Metadata
    else modules.set(part, text)
  }
  const migrated = metadata.migrations?.new_tag ?? scripts.get(name)?.migrated
  scripts.set(name, { metadata, modules, migrated })
  const shared = { id: name, startup_time_ms: 1, etag: 'etag', deployment_id: 'deployment' }
  return ok({ ...shared, resources: { script: { etag: 'etag' }, script_runtime: {} } })
}
