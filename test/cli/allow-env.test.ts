import { describe, expect, it, onTestFinished } from 'vitest'
import { startContainer } from '../../src/cli/container.ts'
import { startServe } from '../../src/cli/serve.ts'
import { createAdminClient } from '../../src/client/client.ts'
import { addressOf, bypass, runCli, startCli, startServer, writeConfiguration } from './cli.ts'

const BOOTSTRAP = 'bootstrap-MARKER-token'
const PASSWORD = 'correct horse MARKER'

/** The Admin API of a gateway, for its first admin. */
async function administer(url: string) {
  await createAdminClient({ url, token: BOOTSTRAP }).bootstrap('ada', PASSWORD)
  const signed = await createAdminClient({ url }).signIn('ada', PASSWORD)
  if (!signed.ok) throw new Error(signed.error.detail)
  const client = createAdminClient({ url, token: signed.value.body.token })
  return {
    /** Adds a route whose upstream is a reference; the result is what the gateway said against it. */
    publish: async (name: string): Promise<string> => {
      const head = await client.listSnapshots({ limit: 1 })
      if (!head.ok) throw new Error(head.error.detail)
      const put = { 'apis/later.yaml': bypass(`\${${name}}`, '/later') }
      const change = { put, message: '' }
      const done = await client.publish(change, head.value.etag ?? '')
      return done.ok ? '' : JSON.stringify(done.error.diagnostics)
    },
  }
}

describe.each([
  { name: 'serve', start: startServe },
  { name: 'container', start: startContainer },
])('--allow-env of $name', { timeout: 60_000 }, ({ start }) => {
  const startWith = async (allowEnv: readonly string[], values: Record<string, string>) => {
    const notes: string[] = []
    const running = await start({
      config: writeConfiguration('http://127.0.0.1:1'),
      port: 0,
      values: { ...values, CB_BRIDGE_BOOTSTRAP: BOOTSTRAP },
      allowEnv,
      log: () => {},
      note: (text) => void notes.push(text),
    })
    onTestFinished(() => running.close())
    return { url: running.url, notes, ...(await administer(running.url)) }
  }

  it('hands over the names that it lists, for what is published later, and no others', async () => {
    const upstream = await startServer((_, response) => response.end('from upstream'))
    const values = { NAMED: upstream, LATER_A: upstream, OTHER: 'http://MARKER.test' }
    const gateway = await startWith(['NAMED', 'LATER_*', 'NOT_SET'], values)
    const ask = async () => (await fetch(`${gateway.url}later/x`)).text()
    for (const name of ['NAMED', 'LATER_A']) {
      expect(await gateway.publish(name)).toBe('')
      expect(await ask()).toBe('from upstream')
    }
    const refused = await gateway.publish('OTHER')
    expect(refused).toContain('${OTHER} has no value')
    expect(refused).toContain('--allow-env OTHER')
    expect(refused).not.toContain('MARKER')
    expect(gateway.notes.join('\n')).toContain('--allow-env NOT_SET: NOT_SET has no value')
    expect(await ask()).toBe('from upstream')
  })

  it('hands nobody what opens the gateway itself, whatever it begins with', async () => {
    const gateway = await startWith(['CB_*'], { CB_BRIDGE_TOKEN: 'http://MARKER.test' })
    for (const name of ['CB_BRIDGE_TOKEN', 'CB_BRIDGE_BOOTSTRAP']) {
      expect(await gateway.publish(name)).toContain(`\${${name}} has no value`)
    }
  })
})

describe('the command line', () => {
  it.each([['*'], ['_*'], ['A*'], ['A-B'], ['CB_BRIDGE_BOOTSTRAP'], ['GOOD,STATE_TOKEN']])(
    'refuses --allow-env %s',
    async (names) => {
      const config = writeConfiguration('http://127.0.0.1:1')
      for (const verb of ['serve', 'container']) {
        const run = await runCli([verb, '--config', config, '--allow-env', names])
        expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('--allow-env')])
      }
    },
  )

  it('takes the names from CB_BRIDGE_ALLOW_ENV too', async () => {
    const upstream = await startServer((_, response) => response.end('from upstream'))
    const config = writeConfiguration('http://127.0.0.1:1')
    const env = {
      CB_BRIDGE_ALLOW_ENV: 'FIRST, SECOND',
      CB_BRIDGE_BOOTSTRAP: BOOTSTRAP,
      SECOND: upstream,
    }
    const serving = startCli(['serve', '--config', config, '--port', '0'], { env })
    const url = await addressOf(serving)
    expect(await (await administer(url)).publish('SECOND')).toBe('')
    expect(await (await fetch(`${url}later/x`)).text()).toBe('from upstream')
    expect(serving.stderr()).toContain('FIRST has no value')
  }, 60_000)
})
