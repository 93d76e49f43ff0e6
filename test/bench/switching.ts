import { BOOTSTRAP } from '../../src/cli/bootstrap.ts'
import { type AdminClient, createAdminClient } from '../../src/client/client.ts'
import { type SharingGateway, startSharedState } from '../hosts/shared-state.ts'
import { startLoad, waitOf } from '../support/steady-load.ts'
import type { Cleanup } from './cleanup.ts'
import { manyRoutes } from './many-routes.ts'
import { forkUpstream } from './processes.ts'
import { summarize, type Summary } from './statistics.ts'

const ROUTES = 10_000
const FILES = 50
const PER_SECOND = 500
/** What lies between the gateways' looks at the head; it is a part of what is measured. */
const CHECK_MS = 100
/** Long enough for every gateway to look several times before something is published, and after. */
const PAUSE_MS = 1000

/** What requests see of publishing one of the files of a large plan. */
export interface SwitchCost {
  readonly routes: number
  readonly files: number
  readonly perSecond: number
  /** The gateway that carries the publish: from the request to its answer. */
  readonly publishMs: Summary
  /** Another gateway: from the new head to its serving the new plan, the interval of its checks included. */
  readonly switchMs: Summary
  readonly worstSwitchMs: number
  /** Of requests to the gateway that publishes, and to the one that follows. */
  readonly publisher: Waits
  readonly follower: Waits
}

export interface Waits {
  readonly asked: number
  readonly failed: number
  readonly p50Ms: number
  readonly p999Ms: number
}

/** Publishes again and again under load: first on the gateway that publishes, then on the one that follows. */
export async function measureSwitching(publishes: number, cleanup: Cleanup): Promise<SwitchCost> {
  process.stderr.write(`${publishes} publishes in a plan of ${ROUTES} routes, twice ...\n`)
  const upstream = await forkUpstream()
  cleanup.add(upstream.close)
  const { system, groups } = manyRoutes(ROUTES, ROUTES / FILES)
  const shared = await startSharedState(
    {
      system: `${system.text}snapshots: {check: ${CHECK_MS}ms}\nlog: {format: off}\n`,
      apis: Object.fromEntries(groups.map(({ name, text }) => [name.replace('apis/', ''), text])),
    },
    { BENCH_UPSTREAM: `${upstream.origin}/json/1k`, [BOOTSTRAP]: TOKEN },
  )
  cleanup.add(shared.close)
  const [publisher, follower] = shared.gateways
  if (publisher === undefined || follower === undefined) throw new Error('there are no gateways')
  const client = await signIn(publisher.url)
  const [file] = groups
  const run = { client, follower, file, publishes }
  // The first publish stores all files.
  await publishOften({ ...run, publishes: 1 })
  const [one, other] = [await under(publisher, run), await under(follower, run)]
  const switches = [...one.switchesMs, ...other.switchesMs]
  await shared.close()
  await upstream.close()
  return {
    routes: ROUTES,
    files: FILES,
    perSecond: PER_SECOND,
    publishMs: summarize([...one.publishesMs, ...other.publishesMs]),
    switchMs: summarize(switches),
    worstSwitchMs: Math.max(...switches),
    publisher: one.waits,
    follower: other.waits,
  }
}

const TOKEN = 'bootstrap-token-of-the-benchmark'
const PASSWORD = 'a password of the benchmark'

async function signIn(url: string): Promise<AdminClient> {
  await createAdminClient({ url, token: TOKEN }).bootstrap('bench', PASSWORD)
  const session = await createAdminClient({ url }).signIn('bench', PASSWORD)
  if (!session.ok) throw new Error(session.error.detail)
  return createAdminClient({ url, token: session.value.body.token })
}

interface Run {
  readonly client: AdminClient
  readonly follower: SharingGateway
  readonly file: { readonly name: string; readonly text: string } | undefined
  readonly publishes: number
}

async function under(loaded: SharingGateway, run: Run) {
  const stop = startLoad(() => askRoute(loaded), PER_SECOND)
  const times = await publishOften(run)
  const result = await stop()
  const [first] = result.wrong
  if (first !== undefined) process.stderr.write(`a request failed: ${first}\n`)
  return {
    ...times,
    waits: {
      asked: result.asked,
      failed: result.wrong.length,
      p50Ms: waitOf(result, 0.5),
      p999Ms: waitOf(result, 0.999),
    },
  }
}

async function askRoute({ fetch }: SharingGateway): Promise<string | undefined> {
  const answer = await fetch('/service0/ns/bench/resource0')
  const text = await answer.text()
  return answer.status === 200 ? undefined : `${answer.status} ${text}`
}

async function publishOften({ client, follower, file, publishes }: Run) {
  const publishesMs: number[] = []
  const switchesMs: number[] = []
  for (let turn = 0; turn < publishes; turn++) {
    await pause(PAUSE_MS)
    const { name = '', text = '' } = file ?? {}
    const put = { [name]: `${text}# ${performance.now()}\n`.replace('[id,', `[id${turn}, id,`) }
    const head = await client.listSnapshots({ limit: 1 })
    const from = performance.now()
    const done = await client.publish({ put, message: '' }, head.ok ? (head.value.etag ?? '') : '')
    if (!done.ok) throw new Error(JSON.stringify(done.error))
    const movedAt = performance.now()
    publishesMs.push(movedAt - from)
    switchesMs.push((await untilServed(follower, done.value.body.snapshot.hash)) - movedAt)
  }
  await pause(PAUSE_MS)
  return { publishesMs, switchesMs }
}

const LONGEST_MS = 30_000

/** When a gateway serves a snapshot, as `performance.now()` tells it. */
async function untilServed({ fetch }: SharingGateway, hash: string): Promise<number> {
  const from = performance.now()
  while (performance.now() - from < LONGEST_MS) {
    const answer = (await (await fetch('/__health')).json()) as { snapshot: string }
    if (answer.snapshot === hash) return performance.now()
    await pause(20)
  }
  throw new Error('the other gateway does not follow')
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
