import { isDeepStrictEqual } from 'node:util'
import { registryOf, upstreamInputs, wiringOf } from '../inputs.ts'
import { type Difference, drifted, publish, withdraw } from '../publish.ts'
import type { Handler } from './dispatch.ts'
import { failuresOf } from './failures.ts'
import type { Properties } from './values.ts'

/** An upstream of a gateway: a component that is ready, under the name that routes call. */
export const upstream: Handler = {
  check: (given) => failuresOf(upstreamInputs, given),
  diff: (olds, news) => {
    const replaces = ['gateway', 'name', 'owner'].filter((key) => olds[key] !== news[key])
    const changed = Object.keys(upstreamInputs.shape).filter(
      (key) => !isDeepStrictEqual(olds[key], news[key]),
    )
    const drift = (olds['drift'] ?? []) as readonly unknown[]
    return { changes: changed.length > 0 || drift.length > 0, replaces }
  },
  create: async (given) => ({ id: String(given['name']), outs: await publishNow(given) }),
  read: async (state) => {
    const was = upstreamInputs.parse(state)
    const live = await registryOf(was).find(was.name)
    if (live?.owner !== was.owner) return undefined
    // A state of an older version does not know when it was written.
    const writtenAt = writtenIn(state) ?? live.written?.revision
    const drift = drifted(wiringOf(was).settings, live, writtenAt)
    return told(live.etag, writtenAt, drift)
  },
  update: (_olds, news) => publishNow(news),
  delete: (state) => {
    const was = upstreamInputs.parse(state)
    return withdraw(registryOf(was), was)
  },
}

async function publishNow(given: Properties): Promise<Properties> {
  const inputs = upstreamInputs.parse(given)
  const { etag, written } = await publish(registryOf(inputs), wiringOf(inputs))
  return told(etag, written?.revision, [])
}

/** The engine's protocol knows no undefined. */
const told = (etag: string, writtenAt: number | undefined, drift: readonly Difference[]) => ({
  etag,
  ...(writtenAt === undefined ? {} : { writtenAt }),
  drift: drift.map((each) => ({ ...each })),
})

/** The revision in which this stack has written the settings. */
function writtenIn({ writtenAt }: Properties): number | undefined {
  return typeof writtenAt === 'number' ? writtenAt : undefined
}
