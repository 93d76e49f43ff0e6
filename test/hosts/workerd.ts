import { exports } from 'cloudflare:workers'
import { vi } from 'vitest'
import { load } from '../../src/config/load.ts'
import { printDiagnostic } from '../../src/config/diagnostics.ts'
import { compile } from '../../src/plan/compile.ts'
import type { Ask, Configuration, Host, Running, Swapped, Talk, Values } from '../contract/host.ts'
import { createMailbox } from './mailbox.ts'

/** Given to the Worker under test in vitest.config.ts. */
const SECRET = 'contract-live-swap-secret'
const CLIENT = '203.0.113.7'
const ORIGIN = 'http://gateway.test'

/** The gateway in the isolate of the tests: `exports.default` of the Worker, called without a network. */
export const insideWorkerd: Host = {
  name: 'workerd, from inside',
  lacks: {
    socket: 'requests are calls inside the process, so there are no bytes on a wire',
  },
  clientAddress: CLIENT,
  start: async (configuration, values) => {
    const lines: string[] = []
    const spies = (['log', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((...words) => void lines.push(words.join(' '))),
    )
    const swapped = await swap(configuration, values)
    if (!swapped.ok) throw new Error(swapped.text)
    return {
      fetch: ask,
      webSocket,
      swap,
      logs: () => lines,
      close: async () => spies.forEach((spy) => spy.mockRestore()),
    }
  },
}

const ask: Running['fetch'] = (path, { body, ...rest }: Ask = {}) =>
  exports.default.fetch(
    new Request(ORIGIN + path, {
      ...rest,
      ...(body !== undefined && { body }),
      redirect: 'manual',
      cf: { clientIp: `${CLIENT}:4711` },
    }),
  )

async function swap(configuration: Configuration, values: Values): Promise<Swapped> {
  const groups = Object.entries(configuration.apis)
  const system = { name: 'gateway.yaml', text: configuration.system }
  const apis = groups.map(([name, text]) => ({ name: `apis/${name}`, text }))
  const { document, diagnostics } = load({ system, groups: apis })
  if (document === undefined) {
    return { ok: false, text: diagnostics.map(printDiagnostic).join('\n') }
  }
  const { plan, faults } = await compile(document)
  if (plan === undefined) return { ok: false, text: JSON.stringify(faults) }
  const files = Object.fromEntries([system, ...apis].map(({ name, text }) => [name, text]))
  const answer = await exports.LiveSwap.fetch(`${ORIGIN}/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET}` },
    body: JSON.stringify({ plan, values, documents: { files, allowMissing: false } }),
  })
  const text = await answer.text()
  if (answer.status === 200) return { ok: true }
  if (answer.status === 422) return { ok: false, text }
  throw new Error(`LiveSwap answered ${answer.status}: ${text}`)
}

async function webSocket(
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Talk> {
  const answer = await ask(path, { headers: { ...headers, Upgrade: 'websocket' } })
  const socket = answer.webSocket
  if (socket === null) {
    await answer.body?.cancel()
    throw new Error(`the upgrade was answered with ${answer.status}`)
  }
  socket.binaryType = 'arraybuffer'
  socket.accept()
  const mailbox = createMailbox<string | Uint8Array>()
  socket.addEventListener('message', ({ data }) => {
    mailbox.put(typeof data === 'string' ? data : new Uint8Array(data))
  })
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve(code))
  })
  return {
    protocol: answer.headers.get('sec-websocket-protocol') ?? '',
    send: (data) => socket.send(data),
    next: mailbox.next,
    close: (code, reason) => socket.close(code, reason),
    closed,
  }
}
