import { withScheme } from '../system/address.ts'
import { affectedBy } from '../system/needs.ts'
import { drain, ownerOf, reopen } from '../wiring/publish.ts'
import { Registry } from '../wiring/registry.ts'
import {
  type Added,
  type Drift,
  isRolledOut,
  type Looked,
  replacesPods,
  takeAway,
} from './drift.ts'
import type { Work } from './work.ts'

/**
 * Takes away what others have added to a stack's objects, before the engine looks: it does not see it, and what was added may
 * be what keeps a component from becoming ready. Where that starts new pods, the component is drained first and opened behind
 * them, as for any other change.
 */
export async function repair(work: Work, { added }: Drift): Promise<void> {
  if (added.length === 0) return
  const { reached, wanted } = work
  const { config, where } = reached
  const looked: Looked = { config, where, reach: wanted.settings.reach }
  const rolling = added.filter(replacesPods)
  const alone = rolling.filter(({ component }) => component.singleWriter !== undefined)
  const traffic = alone.length === 0 ? undefined : await trafficOf(work, alone)
  await traffic?.drain()
  for (const each of added) await takeAway(looked, each)
  await Promise.all(rolling.map((each) => rolledOut(looked, each)))
  await traffic?.open()
}

/** The upstreams behind components, as the gateway has them; undefined where nothing was ever published. */
async function trafficOf({ reached, wanted, session }: Work, alone: readonly Added[]) {
  const { url } = wanted.settings.gateway
  const token = process.env['CB_BRIDGE_TOKEN'] || (await session.token())
  if (url === undefined || token === undefined) return undefined
  const registry = new Registry({ url: withScheme(url), token })
  const owner = ownerOf(reached.where.stack, await reached.cluster.identity())
  const { components } = wanted.system
  const affected = new Set(alone.flatMap(({ component }) => affectedBy(components, component.name)))
  const upstreams = [...affected].flatMap(({ api, times: { drainMs } }) => {
    const { upstreams: named = [], ready } = api ?? {}
    const times = { drainMs, boundMs: OPEN_MS }
    return ready === undefined ? [] : named.map(({ name }) => ({ name, owner, ...times, ready }))
  })
  return {
    drain: () => Promise.all(upstreams.map((upstream) => drain(registry, upstream))),
    // Who is late stays drained: the engine opens it, or says why not.
    open: () =>
      Promise.allSettled(upstreams.map(({ ready, ...wiring }) => reopen(registry, wiring, ready))),
  }
}

/** Waits for new pods; who is late is left to the engine, which may change what keeps them. */
async function rolledOut(looked: Looked, { component, planned }: Added): Promise<void> {
  const end = performance.now() + component.times.startMs
  while (performance.now() < end && !(await isRolledOut(looked, planned))) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

const PAUSE_MS = 500
/** How long a component whose pods are ready may take to answer at the published address, in ms. */
const OPEN_MS = 10_000
