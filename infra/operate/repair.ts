import { withScheme } from '../system/address.ts'
import { affectedBy } from '../system/needs.ts'
import { drain, ownerOf } from '../wiring/publish.ts'
import { Registry } from '../wiring/registry.ts'
import {
  type Added,
  type Drift,
  isRolledOut,
  type Looked,
  replacesPods,
  takeAway,
} from './drift.ts'
import type { Work } from './operate.ts'

/**
 * Takes away what others have added to a stack's objects, before the engine looks: it does not see it, and what was added may
 * be what keeps a component from becoming ready. Where that starts new pods, the component is drained first as for any other
 * change; the engine then finds its upstreams drained and opens them when it answers.
 */
export async function repair(work: Work, { added }: Drift): Promise<void> {
  if (added.length === 0) return
  const { reached, wanted } = work
  const { config, where } = reached
  const looked: Looked = { config, where, reach: wanted.settings.reach }
  const rolling = added.filter(replacesPods)
  await drainBehind(work, rolling)
  for (const each of added) await takeAway(looked, each)
  await Promise.all(rolling.map((each) => rolledOut(looked, each)))
}

async function drainBehind({ reached, wanted, session }: Work, rolling: readonly Added[]) {
  const { url } = wanted.settings.gateway
  const alone = rolling.filter(({ component }) => component.singleWriter !== undefined)
  if (url === undefined || alone.length === 0) return
  const token = process.env['CB_BRIDGE_TOKEN'] || (await session.token())
  // Without a token nothing of this stack was ever published.
  if (token === undefined) return
  const registry = new Registry({ url: withScheme(url), token })
  const owner = ownerOf(reached.where.stack, await reached.cluster.identity())
  const { components } = wanted.system
  const affected = new Set(alone.flatMap(({ component }) => affectedBy(components, component.name)))
  const upstreams = [...affected].flatMap(({ api, times }) =>
    (api?.upstreams ?? []).map(({ name }) => ({ name, owner, drainMs: times.drainMs })),
  )
  await Promise.all(upstreams.map((upstream) => drain(registry, upstream)))
}

/** Waits for new pods; who is late is left to the engine, which may change what keeps them. */
async function rolledOut(looked: Looked, { component, planned }: Added): Promise<void> {
  const end = performance.now() + component.times.startMs
  while (performance.now() < end && !(await isRolledOut(looked, planned))) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

const PAUSE_MS = 500
