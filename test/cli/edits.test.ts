import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { bundleWorker, planModule } from '../../src/cli/bundle.ts'
import { readConfiguration } from '../../src/cli/configuration.ts'
import { startEmulator } from '../../src/cli/emulator.ts'
import { startServe } from '../../src/cli/serve.ts'
import { readWrangler } from '../../src/cli/wrangler.ts'
import { bypass, writeConfiguration, writeFiles } from './cli.ts'

/** An upstream that answers at once, streams events for ever under /events and echoes WebSocket messages. */
async function startLively() {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/events') !== true) return response.end('ok')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let count = 0
    const timer = setInterval(() => response.write(`data: ${count++}\n\n`), 20)
    return response.once('close', () => clearInterval(timer))
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => socket.send(data.toString())),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function startWatched(url: string) {
  const notes: string[] = []
  const config = writeConfiguration(url)
  const note = (text: string) => void notes.push(text)
  const serving = await startServe({ config, port: 0, watch: true, log: () => {}, note })
  onTestFinished(() => serving.close())
  return { config, notes, url: serving.url }
}

/** Events of an SSE stream, counted until it ends. */
async function followEvents(url: string) {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const { body } = await fetch(url, { signal: abort.signal })
  const state = { events: 0, hasEnded: false }
  const read = async () => {
    for await (const chunk of body ?? []) state.events += String(chunk).length > 0 ? 1 : 0
  }
  void read()
    .catch(() => {})
    .finally(() => (state.hasEnded = true))
  return state
}

/** 200 requests a second until `stop`; the result tells what was not a 200. */
function startLoad(url: string) {
  const failures: unknown[] = []
  const inFlight = new Set<Promise<void>>()
  let sent = 0
  const send = async () => {
    const { status } = await fetch(url)
    if (status !== 200) failures.push(status)
  }
  const timer = setInterval(() => {
    sent++
    const request = send().catch((error: unknown) => void failures.push(error))
    inFlight.add(request)
    void request.finally(() => inFlight.delete(request))
  }, 5)
  return async () => {
    clearInterval(timer)
    await Promise.all(inFlight)
    return { failures, sent }
  }
}

const EDITS = 10

describe('edits of a served configuration', () => {
  // test/slow/edits.test.ts makes a hundred of them.
  it('reach the running gateway, and cost no request, no stream and no socket', async () => {
    const upstream = await startLively()
    const { config, notes, url } = await startWatched(upstream)
    const events = await followEvents(`${url}up/events`)
    const socket = new WebSocket(`${url.replace('http', 'ws')}up/socket`)
    await once(socket, 'open')
    const stopLoad = startLoad(`${url}up/`)
    for (let edit = 1; edit <= EDITS; edit++) {
      writeFiles(config, {
        'apis/edit.yaml': bypass(upstream, `/edit-${edit}`).replace('pass', 'edited'),
      })
      await vi.waitFor(async () => expect((await fetch(`${url}edit-${edit}/`)).status).toBe(200), {
        interval: 5,
        timeout: 5000,
      })
    }
    const { failures, sent } = await stopLoad()
    expect(failures).toEqual([])
    expect(sent).toBeGreaterThan(EDITS * 2)
    expect(notes.filter((note) => note.startsWith('now serving'))).toHaveLength(EDITS)
    expect(events.hasEnded).toBe(false)
    const before = events.events
    await vi.waitFor(() => expect(events.events).toBeGreaterThan(before))
    socket.send('still here')
    const [message] = await once(socket, 'message')
    expect(String(message)).toBe('still here')
    socket.terminate()
  })

  it('that are broken are told and change nothing; the next good one is taken', async () => {
    const upstream = await startLively()
    const { config, notes, url } = await startWatched(upstream)
    writeFiles(config, { 'apis/up.yaml': 'definitions: [{name: x, endpoint: no-slash}]' })
    await vi.waitFor(() => expect(notes.join('\n')).toMatch(/apis\/up\.yaml:\d+:\d+: error: /))
    expect(notes.join('\n')).toContain('the last good configuration stays')
    expect((await fetch(`${url}up/`)).status).toBe(200)
    writeFiles(config, { 'apis/up.yaml': bypass(upstream, '/mended') })
    await vi.waitFor(async () => expect((await fetch(`${url}mended/`)).status).toBe(200))
    expect((await fetch(`${url}up/`)).status).toBe(404)
  })

  it('of .dev.vars count too; a name that loses its value is told', async () => {
    const [first, second] = [await startLively(), 'http://127.0.0.1:1']
    const { config, notes, url } = await startWatched('${UPSTREAM_URL:-http://127.0.0.1:1}')
    expect((await fetch(`${url}up/`)).status).toBe(502)
    writeFiles(config, { '.dev.vars': `UPSTREAM_URL=${first}\n` })
    await vi.waitFor(async () => expect((await fetch(`${url}up/`)).status).toBe(200))
    writeFiles(config, { 'apis/up.yaml': bypass('${OTHER_URL}') })
    await vi.waitFor(() => expect(notes.join('\n')).toContain('${OTHER_URL}'))
    expect((await fetch(`${url}up/`)).status).toBe(200)
    writeFiles(config, { '.dev.vars': `OTHER_URL=${second}\n` })
    await vi.waitFor(async () => expect((await fetch(`${url}up/`)).status).toBe(502))
  })
})

describe('the private door for plans', () => {
  const push = (url: string | URL, authorization: string) =>
    fetch(url, { method: 'POST', headers: { authorization }, body: '{"plan": {}, "values": {}}' })

  it('is not on the port of the clients', async () => {
    const { url } = await startWatched(await startLively())
    expect((await push(url, 'Bearer x')).status).toBe(404)
  })

  it('is on a port of its own on this machine, and opens to the secret of the process alone', async () => {
    const { plan } = await readConfiguration(writeConfiguration('http://127.0.0.1:1'))
    if (plan === undefined) throw new Error('the configuration is not valid')
    const emulator = await startEmulator({
      modules: { ...(await bundleWorker()), 'plan.js': planModule(plan) },
      wrangler: readWrangler(),
      texts: { CLIENT_ADDRESS: '127.0.0.1', LIVE_SWAP_SECRET: 'the secret' },
      externals: [],
      host: '127.0.0.1',
      port: 0,
      write: () => {},
      onRestart: async () => {},
    })
    onTestFinished(() => emulator.dispose())
    expect(emulator.swapUrl.hostname).toBe('127.0.0.1')
    expect(emulator.swapUrl.port).not.toBe(emulator.url.port)
    expect((await push(emulator.swapUrl, 'Bearer another')).status).toBe(401)
    const body = JSON.stringify({ plan, values: {} })
    const headers = { authorization: 'Bearer the secret' }
    const accepted = await fetch(emulator.swapUrl, { method: 'POST', headers, body })
    expect(await accepted.json()).toEqual({ version: plan.version })
  })
})
