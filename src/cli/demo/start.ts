import { randomBytes } from 'node:crypto'
import { importSecret, makeToken } from '../../policies/auth-hmac/token.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { seed } from './seed.ts'
import { startStandIn } from './stand-in.ts'
import { createStandIns } from './stand-ins.ts'
import { createWorld } from './world.ts'

export interface DemoOptions {
  /** How long an infra or a cluster takes to be created; 4000 unless said. */
  readonly creationMs?: number
  readonly clock?: Clock
}

/** A running stand-in and the credentials it demands (none for CB-MapUI, which a browser loads). */
export interface DemoComponent {
  readonly name: string
  readonly url: string
  readonly username?: string
  readonly password?: string
}

/** The stand-ins of a whole Cloud-Barista. */
export interface Demo {
  readonly components: readonly DemoComponent[]
  /** Values for the `${NAME}`s of the shipped `routes/`: `SPIDER_URL`, `SPIDER_USERNAME`, `SPIDER_PASSWORD` ... */
  readonly values: Readonly<Record<string, string>>
  /** Opens what `mw-auth` guards in the shipped `routes/`, for twelve hours. */
  readonly token: string
  readonly close: () => Promise<void>
}

/** Starts all stand-ins on 127.0.0.1, on free ports, over one world and each with credentials of its own. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const { clock = systemClock, creationMs = 4000 } = options
  const world = createWorld(clock, creationMs)
  seed(world)
  const standIns = createStandIns(world, secretsOf)
  const running = await Promise.all(
    standIns.map(async (standIn) => ({ standIn, ...(await startStandIn(standIn)) })),
  )
  const components = running.map(({ standIn, url }) => ({
    name: standIn.name,
    url,
    ...standIn.credentials,
  }))
  const accessKey = randomBytes(24).toString('hex')
  return {
    components,
    values: { ...Object.fromEntries(components.flatMap(valuesOf)), ACCESS_KEY: accessKey },
    token: await operatorToken(accessKey, clock.now()),
    close: async () => {
      await Promise.all(running.map(({ close }) => close()))
    },
  }
}

async function operatorToken(accessKey: string, madeAtMs: number): Promise<string> {
  const key = await importSecret(accessKey)
  if (key === undefined) throw new Error('the key is empty')
  return makeToken(key, { accessId: 'operator', duration: '12h', madeAtMs })
}

const secretsOf = (username: string) => ({ username, password: randomBytes(12).toString('hex') })

/** `cb-spider` gives `SPIDER_URL` and, with credentials, `SPIDER_USERNAME` and `SPIDER_PASSWORD`. */
function valuesOf(component: DemoComponent): readonly (readonly [string, string])[] {
  const prefix = component.name.replace(/^(cb|mc)-/, '').toUpperCase()
  const { url, username, password } = component
  if (username === undefined || password === undefined) return [[`${prefix}_URL`, url]]
  return [
    [`${prefix}_URL`, url],
    [`${prefix}_USERNAME`, username],
    [`${prefix}_PASSWORD`, password],
  ]
}
