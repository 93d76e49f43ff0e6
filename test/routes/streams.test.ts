import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDemo } from '../../src/cli/demo/start.ts'
import type { Demo } from '../../src/cli/demo/start.ts'
import { askComponent, basic } from './client.ts'
import { echoThrough, exerciseS3, readEvents } from './exchanges.ts'

let demo: Demo
let url: string
let spiderUrl: string
let headers: Readonly<Record<string, string>>

beforeAll(async () => {
  demo = await startDemo({ creationMs: 20 })
  const { TUMBLEBUG_URL = '', TUMBLEBUG_USERNAME = '', TUMBLEBUG_PASSWORD = '' } = demo.values
  url = TUMBLEBUG_URL
  spiderUrl = demo.values['SPIDER_URL'] ?? ''
  headers = { authorization: basic(TUMBLEBUG_USERNAME, TUMBLEBUG_PASSWORD) }
})
afterAll(() => demo.close())

const STREAM = '/tumblebug/ns/default/stream/cmd/infra/infra01'

describe('streams of the stand-ins', () => {
  it('reports a command node by node and ends with a summary', async () => {
    const started = await askComponent(
      demo,
      'cb-tumblebug',
      '/tumblebug/ns/default/cmd/infra/infra01?async=true',
      { method: 'POST', json: { command: ['hostname'] } },
    )
    const { xRequestId } = started.json as { xRequestId: string }
    const events = await readEvents(`${url}${STREAM}?xRequestId=${xRequestId}`, { headers })
    expect(events).toHaveLength(10)
    expect(events[1]).toMatchObject({ type: 'CommandLog', log: { line: 'g1-1: hostname' } })
    expect(events.at(-1)).toMatchObject({ type: 'CommandDone', summary: { completedNodes: 3 } })
  })

  it('keeps a stream open for an id that nobody knows', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const answer = await fetch(`${url}${STREAM}?xRequestId=unknown`, { headers, signal })
    const reader = answer.body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value ?? []).toString()).toBe(
      ': connected to stream for xRequestId=unknown\n\n',
    )
    controller.abort()
    await expect(reader?.read()).rejects.toThrow('aborted')
  })

  it('demands an id for a stream', async () => {
    expect(await askComponent(demo, 'cb-tumblebug', STREAM)).toMatchObject({
      status: 400,
      json: { message: 'xRequestId query parameter is required' },
    })
  })

  it('echoes what is typed into the terminal', async () => {
    const terminal = `${spiderUrl}/spider/adminweb/sshwebterminal/ws`
    expect(await echoThrough(terminal)).toEqual(['ls -l', '010203'])
    await expect(echoThrough(`${spiderUrl}/spider/other`)).rejects.toThrow()
  })

  it('takes only signed S3 requests', () => exerciseS3(spiderUrl, demo))
})
