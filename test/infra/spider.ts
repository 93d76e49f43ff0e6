import { systemClock } from '../../src/cli/demo/clock.ts'
import { json } from '../../src/cli/demo/replies.ts'
import { seed } from '../../src/cli/demo/seed.ts'
import { createSpider } from '../../src/cli/demo/spider.ts'
import { startStandIn } from '../../src/cli/demo/stand-in.ts'
import { createWorld } from '../../src/cli/demo/world.ts'
import { unreadyWhile } from '../support/unready.ts'

/** CB-Spider of `cb-bridge demo` on a port of this machine, with levers. */
export interface Spider {
  readonly url: string
  /** Whether it answers its readiness request with 200, or 503. */
  isReady: boolean
  /** What it asks of those who call it. */
  password: string
  /** Answers those who wait at `HELD`. */
  readonly release: () => void
  readonly close: () => Promise<void>
}

/** A request of CB-Spider that needs its credentials. */
export const GUARDED = '/spider/cloudos'

/** One that is not answered before it is released. */
export const HELD = '/spider/held'

/** Starts it for the user `barista`, as in the catalogue. */
export async function startSpider(): Promise<Spider> {
  const world = createWorld(systemClock, 0)
  seed(world)
  const credentials = { username: 'barista', password: '' }
  const lever = { isReady: true }
  const { promise, resolve } = Promise.withResolvers<void>()
  const spider = createSpider(world, credentials)
  const routes = { ...spider.routes, [`GET ${HELD}`]: () => promise.then(() => json({})) }
  const { url, close } = await startStandIn(
    unreadyWhile({ ...spider, routes }, '/spider/readyz', () => !lever.isReady),
  )
  return {
    url,
    close,
    release: resolve,
    get isReady() {
      return lever.isReady
    },
    set isReady(isReady) {
      lever.isReady = isReady
    },
    get password() {
      return credentials.password
    },
    set password(password) {
      credentials.password = password
    },
  }
}
