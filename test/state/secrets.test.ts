import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { runCli, temporaryDirectory } from '../cli/cli.ts'
import { type SharedState, type SharingGateway, startSharedState } from '../hosts/shared-state.ts'
import { STATE_TOKEN } from '../hosts/shared-state.ts'
import { leaksIn } from '../support/leaks.ts'
import { BOOTSTRAP, group, LITERALS, PASSWORD, SYSTEM, VALUES } from './secretive.ts'

const ROLES = ['viewer', 'editor', 'wiring', 'admin'] as const
type Role = (typeof ROLES)[number]

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
}

/** Something that somebody was told. */
interface Told {
  readonly by: string
  readonly role: Role | 'nobody'
  readonly text: string
}

let shared: SharedState
let gateway: SharingGateway
const told: Told[] = []
/** Tokens and sessions, with the one answer that may show each. */
const issued = new Map<string, Told>()
const done = new Set<string>()
let operations: readonly Operation[]
let root = ''
let snapshot = ''
let limit = ''
let number = 0

async function ask(
  { id, method, path }: Operation,
  { role, token }: { readonly role: Told['role']; readonly token?: string },
  body?: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const type = typeof body === 'string' ? 'application/yaml' : 'application/json'
  const answer = await gateway.fetch(`/__admin/api${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': type }),
      'if-match': '*',
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = [...answer.headers].join('\n') + (await answer.text())
  const entry = { by: `${role}: ${id} ${answer.status}`, role, text }
  told.push(entry)
  if (answer.ok) done.add(id)
  const data = /\{[^]*\}$/.exec(text)?.[0]
  const parsed = data === undefined ? {} : (JSON.parse(data) as Readonly<Record<string, unknown>>)
  if (typeof parsed['token'] === 'string') issued.set(parsed['token'], entry)
  return parsed
}

interface Item {
  readonly file?: string
  readonly hash?: string
  readonly id?: string
}

const find = (id: string): Operation => {
  const found = operations.find((operation) => operation.id === id)
  if (found === undefined) throw new Error(`there is no operation ${id}`)
  return found
}

const asRoot = (id: string, path: string, body?: unknown) =>
  ask({ ...find(id), path }, { role: 'admin', token: root }, body)

const tokenIn = (data: Readonly<Record<string, unknown>>): string => String(data['token'])

const signIn = async (user: string): Promise<string> =>
  tokenIn(await ask(find('startSession'), { role: 'nobody' }, { user, password: PASSWORD }))

beforeAll(async () => {
  const configuration = { system: SYSTEM, apis: { 'told.yaml': group('spider') } }
  const values = { ...VALUES, CB_BRIDGE_BOOTSTRAP: BOOTSTRAP }
  shared = await startSharedState(configuration, values, 1)
  const [first] = shared.gateways
  if (first === undefined) throw new Error('there is no gateway')
  gateway = first
  operations = await readOperations()
  const admin = { user: 'root', password: PASSWORD }
  await ask(find('bootstrap'), { role: 'nobody', token: BOOTSTRAP }, admin)
  root = await signIn('root')
  await asRoot('publish', '/snapshots', { put: { 'apis/first.yaml': extraGroup() } })
  const [, second] = (await asRoot('listSnapshots', '/snapshots?limit=2'))['items'] as Item[]
  const rules = (await asRoot('listLimits', '/limits'))['items'] as Item[]
  const rule = rules.find(({ file }) => file === 'apis/told.yaml')
  snapshot = String(second?.hash)
  limit = String(rule?.id)
}, 60_000)
afterAll(() => shared.close())

async function readOperations(): Promise<readonly Operation[]> {
  const answer = await gateway.fetch('/__admin/api/openapi.json')
  const { paths } = (await answer.json()) as {
    paths: Record<string, Record<string, { operationId: string }>>
  }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
    })),
  )
}

/** What an operation is about, made for it where it will be gone afterwards. */
interface Subjects {
  readonly file: string
  readonly upstream: string
  readonly user: string
  readonly token: string
}

async function prepare({ id, path }: Operation): Promise<Subjects> {
  number++
  const file = `apis/extra${number}.yaml`
  const [upstream, user] = [`extra${number}`, `subject${number}`]
  if (path.includes('{file}')) {
    await asRoot('publish', '/snapshots', { put: { [file]: extraGroup() } })
  }
  if (path.startsWith('/upstreams/')) await register(upstream)
  if (path.startsWith('/users/')) await makeUser(user, 'viewer')
  const body = { name: 'owned', role: 'viewer' }
  const owned = id === 'removeToken' ? await asRoot('createToken', '/tokens', body) : {}
  return { file, upstream, user, token: String(owned['id']) }
}

/** The same routes under names and paths of their own. */
const extraGroup = (): string =>
  group('spider').replaceAll(/(guarded|literal)(?=[,/\n])/g, `$1${number}`)

const makeUser = (name: string, role: Role) =>
  asRoot('createUser', '/users', { name, role, password: PASSWORD })

async function register(name: string): Promise<void> {
  const { ok } = await gateway.fetch(`/__admin/api/upstreams/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${root}`, 'if-none-match': '*' },
    body: JSON.stringify({ targets: [{ url: inject('upstreams').first }] }),
  })
  expect(ok).toBe(true)
}

/** A path of an operation with what it is about filled in, and a query where one is needed. */
function pathOf({ id, path }: Operation, { file, upstream, user, token }: Subjects): string {
  const filled = path
    .replace('{file}', encodeURIComponent(file))
    .replace('{endpoint}', `guarded${number}`)
    .replace('{hash}', snapshot)
    .replace('{id}', id === 'removeToken' ? token : encodeURIComponent(limit))
    .replace('{name}', path.startsWith('/users') ? user : upstream)
  const queries: Readonly<Record<string, string>> = {
    explain: '?method=GET&path=/guarded/x',
    putUpstream: '?force=true',
    drainUpstream: '?force=true&timeout=1s',
    removeUpstream: '?force=true',
  }
  return filled + (queries[id] ?? '')
}

/** Bodies that are good; operations that are not here take none. */
const bodies = (caller: string): Readonly<Record<string, unknown>> => ({
  bootstrap: { user: 'again', password: PASSWORD },
  startSession: { user: caller, password: PASSWORD },
  changePassword: { current: PASSWORD, password: PASSWORD },
  putDocument: `${extraGroup()}# more\n`,
  patchEndpoint: { timeout: '3s' },
  validate: { put: { 'apis/other.yaml': group('nowhere') } },
  publish: { put: { 'apis/told.yaml': `${group('spider')}# ${number}\n` }, message: 'again' },
  putUpstream: { targets: [{ url: 'http://127.0.0.1:1' }], auth: { bearer: '${SPIDER_PASSWORD}' } },
  createToken: { name: 'made', role: 'viewer' },
  createUser: { name: `made${number}`, role: 'viewer', password: PASSWORD },
  changeUser: { role: 'editor' },
})

/** These end the session. */
const lastOnes = ['endSession', 'changePassword']

const inOrder = (): readonly Operation[] => [
  ...operations.filter(({ id }) => !lastOnes.includes(id)),
  ...lastOnes.map(find),
]

/** What is wrong with a body may be told, but not what stands in it. */
const BAD = {
  user: PASSWORD,
  password: ['MARKER-password-of-everybody'],
  targets: [{ url: 'http://x' }],
  auth: { bearer: 'MARKER-literal-bearer' },
  put: { 'apis/bad.yaml': 'definitions: [{secure_key: MARKER-literal-key' },
}

/** To these it is something new to publish. */
const takesBad = ({ id, method }: Operation): boolean =>
  method !== 'GET' && id !== 'putDocument' && id !== 'patchEndpoint'

const hidden = (): readonly string[] => [BOOTSTRAP, PASSWORD, STATE_TOKEN, ...Object.values(VALUES)]

describe('secrets', () => {
  test.each(ROLES)(
    'are in no answer of any operation to the role %s',
    async (role) => {
      await makeUser(`caller-${role}`, role)
      let session = await signIn(`caller-${role}`)
      for (const operation of inOrder()) {
        const path = pathOf(operation, await prepare(operation))
        const caller = { role, token: operation.id === 'bootstrap' ? BOOTSTRAP : session }
        if (takesBad(operation)) await ask({ ...operation, path }, caller, BAD)
        await ask({ ...operation, path }, caller, bodies(`caller-${role}`)[operation.id])
        if (operation.id === 'endSession') session = await signIn(`caller-${role}`)
      }
      for (const { by, text, role: to } of told) {
        const literals = to === 'viewer' || to === 'wiring' ? LITERALS : []
        expect([by, leaksIn(text, [...hidden(), ...literals])]).toEqual([by, []])
      }
    },
    240_000,
  )

  test('are in no answer to nobody, nor to whoever brings a token that is none', async () => {
    for (const operation of operations) {
      const path = pathOf(operation, { file: 'gateway.yaml', upstream: 'x', user: 'x', token: 'x' })
      for (const token of [undefined, 'cbb_0', STATE_TOKEN, VALUES.METRICS_TOKEN]) {
        const caller = { role: 'nobody', ...(token !== undefined && { token }) } as const
        await ask({ ...operation, path }, caller, takesBad(operation) ? BAD : undefined)
      }
    }
    for (const { by, text } of told.filter(({ role }) => role === 'nobody')) {
      expect([by, leaksIn(text, [...hidden(), ...LITERALS])]).toEqual([by, []])
    }
  }, 240_000)

  test('were looked for in what every operation answers when it does what it is asked for', () => {
    expect([...done].toSorted()).toEqual(operations.map(({ id }) => id).toSorted())
  })

  test('that are made are shown once', () => {
    expect(issued.size).toBeGreaterThan(15)
    for (const [token, first] of issued) {
      const others = told.filter((each) => each !== first && leaksIn(each.text, [token]).length > 0)
      expect(others.map(({ by }) => by)).toEqual([])
    }
  })

  test('are in no audit line, in the log of no process, and in no output of the command line', async () => {
    const audit = await asRoot('listAudit', '/audit?limit=500')
    const everything = [...hidden(), ...LITERALS, ...issued.keys()]
    expect(leaksIn(JSON.stringify(audit), everything)).toEqual([])
    const lines = [...gateway.lines, ...shared.stateLines]
    expect(lines.length).toBeGreaterThan(300)
    expect(leaksIn(lines.join('\n'), everything)).toEqual([])

    const home = temporaryDirectory()
    const token = tokenIn(await asRoot('createToken', '/tokens', { name: 'cli', role: 'viewer' }))
    const env = { XDG_CONFIG_HOME: home, CB_BRIDGE_URL: gateway.url, CB_BRIDGE_TOKEN: token }
    const { CB_BRIDGE_TOKEN: _, ...signingIn } = env
    const runs = [
      await runCli(['login', '--user', 'root'], { env: signingIn, input: PASSWORD }),
      await runCli(['login', '--user', 'root'], { env: signingIn, input: `${PASSWORD}-wrong` }),
      ...(await Promise.all(
        [
          ['config', 'history', '--json'],
          ['config', 'pull', '--out', home],
          ['config', 'diff', 'head', 'head', '--json'],
          ['upstream', 'list', '--json'],
          ['explain', 'GET', '/guarded/x', '--url', gateway.url, '--json'],
          ['upstream', 'put', 'mine', '--target', 'http://x', '--yes'],
        ].map((args) => runCli(args, { env, cwd: home })),
      )),
    ]
    expect(runs.map(({ code }) => code)).toEqual([0, 1, 0, 0, 0, 0, 0, 1])
    const said = runs.map(({ stdout, stderr }) => stdout + stderr).join('\n')
    expect(leaksIn(said, [...everything, token])).toEqual([])
  }, 60_000)
})
