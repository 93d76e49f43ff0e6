import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startContainer } from '../../src/cli/container.ts'
import type { Container } from '../../src/cli/container.ts'
import type { Configuration, Values } from '../contract/host.ts'
import { createFetch, createTalks } from './client.ts'
import { writeDirectory } from './directory.ts'

/** Gateways in plain workerd, each a process of its own, and the one process that keeps their objects. */
export interface SharedState {
  readonly gateways: readonly SharingGateway[]
  /** Of the state process, with a slash. */
  readonly stateUrl: string
  /** What the state process has written so far, line by line. */
  readonly stateLines: readonly string[]
  /** Where the state process keeps its files. */
  readonly stateDirectory: string
  /** Ends the state process with SIGKILL. */
  readonly killState: () => Promise<void>
  /** Starts it again on the same port and the same data. */
  readonly startState: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface SharingGateway {
  readonly fetch: ReturnType<typeof createFetch>
  readonly webSocket: ReturnType<typeof createTalks>
  readonly url: string
  readonly swap: Container['swap']
  /** What it has written so far, line by line. */
  readonly lines: readonly string[]
  /** Ends it with SIGKILL and starts it again on the same port. */
  readonly restart: () => Promise<void>
}

/** Opens the door of the state process that the fixture starts. */
export const STATE_TOKEN = 'state-token-of-the-tests'

/** Starts a state process and `count` gateways (default 2) of one configuration. */
export async function startSharedState(
  configuration: Configuration,
  values: Values,
  count = 2,
): Promise<SharedState> {
  const directory = writeDirectory(configuration)
  const scratch = mkdtempSync(join(tmpdir(), 'cb-bridge-state-'))
  const stateDirectory = join(scratch, 'shared')
  const common = { config: directory.path, values: { ...values, STATE_TOKEN } }
  const stateLines: string[] = []
  const startState = (port = 0) =>
    startContainer({ ...common, role: 'state', port, state: stateDirectory, ...quiet(stateLines) })
  let keeper = await startState()
  const stateAddress = `127.0.0.1:${keeper.port}`
  const gateways = await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const state = join(scratch, `gateway-${index}`)
      const options = { ...common, role: 'gateway', swap: true, stateAddress, state } as const
      return startGateway((port, lines) => startContainer({ ...options, port, ...quiet(lines) }))
    }),
  )
  return {
    gateways,
    stateUrl: keeper.url,
    stateDirectory,
    stateLines,
    killState: () => kill(keeper),
    startState: async () => {
      keeper = await startState(keeper.port)
    },
    close: async () => {
      await Promise.all([...gateways, keeper].map((container) => container.close(200)))
      rmSync(scratch, { recursive: true, force: true })
      directory.remove()
    },
  }
}

async function startGateway(
  start: (port: number, lines: string[]) => Promise<Container>,
): Promise<SharingGateway & Pick<Container, 'close'>> {
  const lines: string[] = []
  let running = await start(0, lines)
  return {
    fetch: createFetch(running.url),
    webSocket: createTalks(running.url),
    url: running.url,
    lines,
    swap: (...next) => running.swap(...next),
    restart: async () => {
      await kill(running)
      running = await start(running.port, lines)
    },
    close: (drainMs) => running.close(drainMs),
  }
}

async function kill({ pid, ended }: Container): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await ended
}

const quiet = (lines: string[]) => ({
  log: (line: string) => void lines.push(line),
  note: (line: string) => void lines.push(line),
})
