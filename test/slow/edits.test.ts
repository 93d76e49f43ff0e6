import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTalks } from '../hosts/client.ts'
import { writeDirectory, type ConfigurationDirectory } from '../hosts/directory.ts'
import { controlUpstream, freshKey } from '../support/script.ts'
import { startLoad } from '../support/steady-load.ts'
import { startUpstream, type UpstreamServer } from '../support/upstream.ts'
import { slowConfiguration } from './gateway.ts'

const BIN = fileURLToPath(new URL('../../src/cli/bin.mjs', import.meta.url))
const EDITS = 100
const RATE = 200

let server: UpstreamServer
let directory: ConfigurationDirectory
let serving: ChildProcess
let url = ''
const notes: string[] = []

beforeAll(async () => {
  server = await startUpstream()
  directory = writeDirectory(edited(0))
  const args = ['serve', '--config', directory.path, '--port', '0', '--watch', '--json']
  serving = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, UPSTREAM_URL: server.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines = createInterface({ input: serving.stdout as NodeJS.ReadableStream })
  createInterface({ input: serving.stderr as NodeJS.ReadableStream }).on('line', (line) =>
    notes.push(line),
  )
  const [first] = (await once(lines, 'line')) as [string]
  url = (JSON.parse(first) as { url: string }).url.replace(/\/$/, '')
})

afterAll(async () => {
  serving.kill('SIGKILL')
  await server.close()
  directory.remove()
})

/** A configuration that tells its number at `/edited/x`. */
const edited = (number: number, rest = '') =>
  slowConfiguration({
    'edited.yaml': `
definitions:
  - name: edited
    endpoint: /edited/{key}
    hosts: [{host: "\${UPSTREAM_URL}"}]
    backend: [{url_pattern: "/{key}", group: edit${number}}]
${rest}`,
  })

const editOf = async (): Promise<string> =>
  Object.keys((await (await fetch(`${url}/edited/x`)).json()) as object)[0] ?? ''

const askForEdit = async (): Promise<string | undefined> => {
  const answer = await fetch(`${url}/edited/load`)
  const text = await answer.text()
  return answer.status === 200 ? undefined : `${answer.status} ${text}`
}

test(`${EDITS} edits at ${RATE} requests a second disturb nothing`, async () => {
  const upstream = controlUpstream(server.url)
  const key = freshKey()
  const events = Array.from({ length: 2000 }, (_, i) => [
    { text: `data: ${i}\n\n` },
    { pauseMs: 50 },
  ])
  await upstream.script(key, {
    events: { headers: [['Content-Type', 'text/event-stream']], steps: events.flat() },
  })
  const stream = await fetch(`${url}/raw/${key}/events`)
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader()
  let streamed = ''
  let hasEnded = false
  const streaming = (async () => {
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
      if (done) break
      streamed += Buffer.from(value ?? []).toString()
    }
    hasEnded = true
  })()
  const talk = await createTalks(url)(`/raw/${key}/talk`)
  const stopLoad = startLoad(askForEdit, RATE)

  const startedAt = Date.now()
  for (let edit = 1; edit <= EDITS; edit++) {
    if (edit % 10 === 0) {
      const before = notes.length
      directory.write(edited(edit, '  - {'))
      await expect
        .poll(() => notes.length, { timeout: 10_000, interval: 10 })
        .toBeGreaterThan(before)
      expect(await editOf()).toBe(`edit${edit - 1}`)
    }
    directory.write(edited(edit))
    await expect.poll(editOf, { timeout: 10_000, interval: 10 }).toBe(`edit${edit}`)
    talk.send(`edit ${edit}`)
    expect(await talk.next()).toBe(`edit ${edit}`)
  }
  const seconds = (Date.now() - startedAt) / 1000
  const { asked, wrong } = await stopLoad()
  console.log(`${asked} requests in ${seconds.toFixed(1)} s, ${wrong.length} went wrong`)
  expect(wrong).toEqual([])
  expect(asked / seconds).toBeGreaterThan(RATE * 0.9)

  expect(hasEnded).toBe(false)
  const numbers = [...streamed.matchAll(/data: (\d+)\n\n/g)].map(([, number]) => Number(number))
  expect(numbers.length).toBeGreaterThan(50)
  expect(numbers).toEqual(numbers.map((_, i) => i))
  await reader.cancel()
  await streaming
  talk.close(1000, '')
  expect(notes.join('\n')).toContain('not applied')
})

test('SIGTERM ends it cleanly', async () => {
  serving.kill('SIGTERM')
  const [code] = (await once(serving, 'exit')) as [number | null]
  expect(code).toBe(0)
})
