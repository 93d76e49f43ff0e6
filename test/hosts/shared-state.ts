import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startContainer } from '../../src/cli/container.ts'
import type { Container } from '../../src/cli/container.ts'
import type { Configuration, Values } from '../contract/host.ts'
import { createFetch } from './client.ts'
import { writeDirectory } from './directory.ts'

/** Gateways in plain workerd, each a process of its own, and the one process that keeps their objects. */
export interface SharedState {
  readonly gateways: readonly SharingGateway[]
  /** Of the state process, with a slash. */
  readonly stateUrl: string
  /** Ends the state process with SIGKILL. */
  readonly killState: () => Promise<void>
  /** Starts it again on the same port and the same data. */
  readonly startState: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface SharingGateway {
  readonly fetch: ReturnType<typeof createFetch>
  readonly url: string
  readonly pid: number
  readonly swap: Container['swap']
  /** What it has written so far, line by line. */
  readonly lines: readonly string[]
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
  const state = mkdtempSync(join(tmpdir(), 'cb-bridge-state-'))
  const config = directory.path
  const own = { ...values, STATE_TOKEN }
  const startState = (port = 0) =>
    startContainer({ role: 'state', config, port, state, values: own, ...quiet([]) })
  let keeper = await startState()
  const stateAddress = `127.0.0.1:${keeper.port}`
  const containers = await Promise.all(
    Array.from({ length: count }, async () => {
      const lines: string[] = []
      const options = { role: 'gateway', config, port: 0, swap: true, stateAddress } as const
      return { lines, ...(await startContainer({ ...options, values: own, ...quiet(lines) })) }
    }),
  )
  return {
    gateways: containers.map(({ url, pid, swap, lines }) => ({
      fetch: createFetch(url),
      url,
      pid,
      swap,
      lines,
    })),
    stateUrl: keeper.url,
    killState: async () => {
      process.kill(keeper.pid, 'SIGKILL')
      await keeper.ended
    },
    startState: async () => {
      keeper = await startState(keeper.port)
    },
    close: async () => {
      await Promise.all([...containers, keeper].map((container) => container.close(200)))
      rmSync(state, { recursive: true, force: true })
      directory.remove()
    },
  }
}

const quiet = (lines: string[]) => ({
  log: (line: string) => void lines.push(line),
  note: (line: string) => void lines.push(line),
})
