import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { curlLines } from '../../src/cli/demo/print.ts'
import { ask, basic } from './client.ts'
import { shell } from './curl.ts'
import { startStage } from './gateway.ts'
import type { Stage } from './gateway.ts'

const BIN = fileURLToPath(new URL('../../src/cli/bin.mjs', import.meta.url))

describe('the curl lines worth trying', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage({ creationMs: 2500 })
  }, 30_000)
  afterAll(() => stage.close())

  const run = (index: number) =>
    shell(curlLines(stage.gateway.url, stage.demo.token)[index]?.line ?? 'false')

  it('are seven', () => {
    expect(curlLines('http://127.0.0.1:8000/', 'token')).toHaveLength(7)
  })

  it('show what runs where', async () => {
    expect(JSON.parse(await run(0))).toMatchObject({ infra: [{ id: 'infra01' }] })
  })

  it('show the dashboard', async () => {
    expect(JSON.parse(await run(1))).toMatchObject({
      connections: expect.any(Array),
      clusters: [{ name: 'cluster01' }],
      alerts: [{ name: 'cpu-high' }],
    })
  })

  it('show the chain', async () => {
    expect(JSON.parse(await run(2))).toMatchObject({ region: { RegionName: 'aws-ap-northeast-2' } })
  })

  it('create an infra', async () => {
    expect(JSON.parse(await run(3))).toMatchObject({ id: 'mine', status: 'Running:2 (R:2/2)' })
  }, 15_000)

  it('show a limit being reached', async () => {
    expect(await run(4)).toBe('200\n200\n200\n429\n')
  })

  it('show a stream', async () => {
    expect(await run(5)).toContain('"type":"CommandDone"')
  })

  it('show who may pass', async () => {
    expect(await run(6)).toBe('401\n200\n')
  })
})

describe('cb-bridge demo', () => {
  let child: ChildProcess | undefined
  afterEach(() => void child?.kill('SIGKILL'))

  /** Starts the command and waits for a line of its output. */
  async function start(args: readonly string[], line: RegExp): Promise<string> {
    const started = spawn(process.execPath, [BIN, 'demo', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    let output = ''
    started.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    started.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await expect.poll(() => output, { timeout: 15_000 }).toMatch(line)
    return output
  }

  const end = (signal: NodeJS.Signals): Promise<number | null> =>
    new Promise((resolve) => {
      child?.once('exit', resolve)
      child?.kill(signal)
    })

  it('prints where the stand-ins are and how to reach them, and ends at SIGTERM', async () => {
    const output = await start([], /Ctrl-C/)
    const value = (name: string) => new RegExp(`export ${name}=(\\S+)`).exec(output)?.[1] ?? ''
    const authorization = basic(value('SPIDER_USERNAME'), value('SPIDER_PASSWORD'))
    const url = `${value('SPIDER_URL')}/spider/region`
    expect((await ask(url, { headers: { authorization } })).status).toBe(200)
    expect(await end('SIGTERM')).toBe(0)
  }, 30_000)

  it('prints the same as JSON', async () => {
    const output = await start(['--json'], /\n/)
    expect(JSON.parse(output)).toMatchObject({
      components: expect.arrayContaining([expect.objectContaining({ name: 'mc-terrarium' })]),
      values: { MAPUI_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) },
    })
  }, 30_000)

  it('serves the shipped routes in front of them, and ends at Ctrl-C', async () => {
    const output = await start(['--serve', '--port', '0'], /Ctrl-C/)
    const url = /listens on (\S+)/.exec(output)?.[1] ?? ''
    expect((await ask(`${url}dashboard/default`)).json).toHaveProperty('namespace')
    expect(await end('SIGINT')).toBe(0)
  }, 60_000)

  it('says so when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const output = await start(['--serve', '--port', String(port)], /taken/)
    expect(output).toContain(`port ${port}`)
    const code = child?.exitCode ?? (await new Promise((resolve) => child?.once('exit', resolve)))
    expect(code).toBe(1)
    taken.close()
  }, 60_000)
})
