import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Container, startContainer } from '../../src/cli/container.ts'
import { type AdminClient, createAdminClient } from '../../src/client/client.ts'
import type { RemoteSnapshot } from '../../src/client/types.ts'
import { type ConfigurationDirectory, writeDirectory } from '../hosts/directory.ts'
import { startUpstream, type UpstreamServer } from '../support/upstream.ts'
import { residentBytes } from './gateway.ts'

const PUBLISHES = 1000
const RETAIN = 100
const FILES = 20
const MIB = 2 ** 20

const SYSTEM = `version: 1\nname: often\ntimeout: 10s\nsnapshots: {retain: ${RETAIN}}\nlog: {format: off}\n`
const BOOTSTRAP = 'bootstrap-token-of-the-tests'
const PASSWORD = 'a password of the tests'

let server: UpstreamServer
let directory: ConfigurationDirectory
let state: string
let container: Container
let client: AdminClient

beforeAll(async () => {
  server = await startUpstream()
  const apis = Object.fromEntries(
    Array.from({ length: FILES }, (_, i) => [`file${i}.yaml`, group(i, 'bundle')] as const),
  )
  directory = writeDirectory({ system: SYSTEM, apis })
  state = mkdtempSync(join(tmpdir(), 'cb-bridge-often-'))
  container = await start()
  const { url } = container
  await createAdminClient({ url, token: BOOTSTRAP }).bootstrap('ada', PASSWORD)
  client = await signIn()
})

afterAll(async () => {
  await container.close(200)
  await server.close()
  directory.remove()
  rmSync(state, { recursive: true })
})

const start = () =>
  startContainer({
    config: directory.path,
    port: 0,
    state,
    values: { CB_BRIDGE_BOOTSTRAP: BOOTSTRAP },
    log: () => {},
    note: () => {},
  })

async function signIn(): Promise<AdminClient> {
  const { url } = container
  const session = await createAdminClient({ url }).signIn('ada', PASSWORD)
  if (!session.ok) throw new Error(session.error.detail)
  return createAdminClient({ url, token: session.value.body.token })
}

/** Ten routes of a file, whose answers tell their version. */
const group = (file: number, version: string): string =>
  `definitions:\n${Array.from(
    { length: 10 },
    (_, i) => `  - name: file ${file} route ${i}
    endpoint: /file${file}/route${i}
    hosts: [{host: "${server.url}"}]
    backend: [{url_pattern: /x, group: ${version}}]
`,
  ).join('')}`

async function publish(number: number): Promise<RemoteSnapshot> {
  const head = await client.listSnapshots({ limit: 1 })
  const file = number % FILES
  const put = { [`apis/file${file}.yaml`]: group(file, `v${number}`) }
  const done = await client.publish(
    { put, message: `publish ${number}` },
    head.ok ? (head.value.etag ?? '') : '',
  )
  if (!done.ok) throw new Error(JSON.stringify(done.error))
  const answer = await fetch(`${container.url}file${file}/route3`)
  expect(Object.keys((await answer.json()) as object)).toEqual([`v${number}`])
  return done.value.body.snapshot
}

async function readHistory(): Promise<readonly RemoteSnapshot[]> {
  const items: RemoteSnapshot[] = []
  let cursor: string | undefined
  do {
    const page = await client.listSnapshots({ limit: 50, ...(cursor !== undefined && { cursor }) })
    if (!page.ok) throw new Error(page.error.detail)
    items.push(...page.value.body.items)
    cursor = page.value.body.next
  } while (cursor !== undefined)
  return items
}

/** What the store takes on the disk. */
const bytesOnDisk = (): number =>
  readdirSync(state, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(state, name)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Resident memory of the gateway and bytes of its store. */
interface Size {
  readonly memory: number
  readonly disk: number
}

/** Publishes them all, and pins an early one. */
async function publishAll() {
  const times: number[] = []
  const sizes: Size[] = []
  const hashes: string[] = []
  for (let number = 0; number < PUBLISHES; number++) {
    const from = performance.now()
    const { hash } = await publish(number)
    times.push(performance.now() - from)
    hashes.push(hash)
    if (number === PINNED) await pin(hash)
    if (number % 100 === 99) {
      sizes.push({ memory: residentBytes(container.pid), disk: bytesOnDisk() })
    }
  }
  return { times, sizes, hashes }
}

const PINNED = 10

async function pin(hash: string): Promise<void> {
  const made = await client.createToken({ name: 'pins', role: 'admin' })
  const token = made.ok ? made.value.body.token : ''
  const answer = await fetch(`${container.url}__admin/api/snapshots/${hash}/pin`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(200)
}

test(`${PUBLISHES} publishes leave one line of history, and cost no more at the end than at the start`, async () => {
  const { times, sizes, hashes } = await publishAll()
  const [early, late] = [median(times.slice(100, 200)), median(times.slice(-100))]
  const shown = sizes.map(({ memory, disk }) => `${toMib(memory)}/${toMib(disk)}`).join(' ')
  console.log(`${early.toFixed(1)} ms, then ${late.toFixed(1)} ms; memory/disk MiB: ${shown}`)

  const history = await readHistory()
  const kept = history.filter(({ hash }) => hash !== hashes[PINNED])
  expect(history[0]).toMatchObject({ hash: hashes.at(-1), number: PUBLISHES + 1 })
  expect(kept.map(({ number }) => number)).toEqual(kept.map((_, i) => PUBLISHES + 1 - i))
  const parents = kept.slice(0, -1).map(({ parent }) => parent)
  expect(parents).toEqual(kept.slice(1).map(({ hash }) => hash))
  expect(kept.length).toBeGreaterThanOrEqual(RETAIN)
  expect(kept.length).toBeLessThanOrEqual(RETAIN + RETAIN / 10 + 1)
  expect(history.at(-1)).toMatchObject({ hash: hashes[PINNED], pinned: true })

  expect(late).toBeLessThan(early * 2)
  const [first, last] = [sizes[1] ?? NOTHING, sizes.at(-1) ?? NOTHING]
  expect(last.memory - first.memory).toBeLessThan(64 * MIB)
  expect(last.disk - first.disk).toBeLessThan(4 * MIB)
}, 600_000)

const NOTHING: Size = { memory: Number.NaN, disk: Number.NaN }

const toMib = (bytes: number): string => (bytes / MIB).toFixed(1)

test('after all of them a new process serves the last one', async () => {
  const [head] = await readHistory()
  process.kill(container.pid, 'SIGKILL')
  await container.ended
  container = await start()
  const health = (await (await fetch(`${container.url}__health`)).json()) as { snapshot: string }
  expect(health.snapshot).toBe(head?.hash)
  const answer = await fetch(`${container.url}file${(PUBLISHES - 1) % FILES}/route3`)
  expect(Object.keys((await answer.json()) as object)).toEqual([`v${PUBLISHES - 1}`])
  client = await signIn()
  expect((await publish(PUBLISHES)).number).toBe(PUBLISHES + 2)
})

const KILLS = 20

test('killed at any time of a publish, a process comes back with the old head or the new one, whole', async () => {
  const outcomes = new Set<string>()
  const from = performance.now()
  await publish(PUBLISHES + FILES - 1)
  const tookMs = performance.now() - from
  for (let round = 0; round < KILLS; round++) {
    const [before] = await readHistory()
    const publishing = publish(PUBLISHES + FILES + round).then(
      ({ hash }) => hash,
      () => undefined,
    )
    await new Promise((resolve) => setTimeout(resolve, (1.5 * tookMs * round) / KILLS))
    process.kill(container.pid, 'SIGKILL')
    await container.ended
    const made = await publishing
    container = await start()
    client = await signIn()
    const [head] = await readHistory()
    if (made !== undefined) expect(head?.hash).toBe(made)
    else expect([head?.hash, head?.parent]).toContain(before?.hash)
    outcomes.add(head?.hash === before?.hash ? 'old' : 'new')
    const file = (PUBLISHES + FILES + round) % FILES
    const stored = await client.readFile(`apis/file${file}.yaml`)
    const answer = await fetch(`${container.url}file${file}/route3`)
    const [served] = Object.keys((await answer.json()) as object)
    expect(stored.ok && stored.value.body).toContain(`group: ${served}}`)
  }
  expect([...outcomes].toSorted()).toEqual(['new', 'old'])
}, 240_000)
