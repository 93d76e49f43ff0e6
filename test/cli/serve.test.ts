import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { addressOf, CLI, descendants, isAlive, runCli, startCli, startServer } from './cli.ts'
import { temporaryDirectory, withoutNetwork, workerdOf } from './cli.ts'
import { writeConfiguration, writeFiles } from './cli.ts'

const serve = (config: string, ...args: readonly string[]) =>
  startCli(['serve', '--config', config, '--port', '0', ...args])

describe('cb-bridge serve', () => {
  // A second try, because everything else that the machine does counts.
  it(
    'is ready within 3 s, prints routes and address, and ends with 0 at SIGTERM',
    { retry: 2 },
    async () => {
      const upstream = await startServer((_, response) => response.end('from upstream'))
      const started = performance.now()
      const serving = serve(writeConfiguration(upstream))
      const url = await addressOf(serving)
      expect(performance.now() - started).toBeLessThan(3000)
      expect(serving.stdout()).toMatch(/^ {2}ANY {2}\/up\/\* {2}127\.0\.0\.1$/m)
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
      expect(await (await fetch(`${url}up/x`)).text()).toBe('from upstream')
      serving.child.kill('SIGTERM')
      expect(await serving.exited).toBe(0)
      expect(serving.stderr()).toBe('')
    },
  )

  it('writes the request log to stdout as it is, one JSON object a line', async () => {
    const serving = serve(writeConfiguration('http://127.0.0.1:1'))
    await fetch(`${await addressOf(serving)}up/thing?token=secret`, {
      // What miniflare's own entry would believe.
      headers: { 'MF-CF-Blob': '{"clientIp":"6.6.6.6:1"}', 'CF-Connecting-IP': '6.6.6.6' },
    })
    const line = await vi.waitFor(() => {
      const found = serving
        .stdout()
        .split('\n')
        .find((text) => text.startsWith('{'))
      expect(found).toBeDefined()
      return found ?? ''
    })
    expect(JSON.parse(line)).toMatchObject({ path: '/up/thing', status: 502, client: '127.0.0.1' })
    expect(line).not.toContain('secret')
  })

  it('prints address and routes as JSON, and ends with 0 at Ctrl-C', async () => {
    const serving = serve(writeConfiguration('http://127.0.0.1:1'), '--json')
    await once(serving.child.stdout ?? serving.child, 'data')
    const announced = JSON.parse(serving.stdout()) as { url: string; port: number }
    expect(announced).toMatchObject({
      url: `http://127.0.0.1:${announced.port}/`,
      routes: [{ method: '*', path: '/up/*', name: 'pass', policies: [] }],
    })
    serving.child.kill('SIGINT')
    expect(await serving.exited).toBe(0)
  })

  it('leaves no process behind, even when it is killed', async () => {
    const serving = serve(writeConfiguration('http://127.0.0.1:1'))
    await addressOf(serving)
    const below = descendants(serving.child.pid)
    expect(below.map(({ name }) => name)).toContain('workerd')
    serving.child.kill('SIGKILL')
    await vi.waitFor(() => expect(below.filter(({ pid }) => isAlive(pid))).toEqual([]), 3000)
  })

  it('starts workerd again when it dies, on the same port and with the latest plan', async () => {
    const upstream = await startServer((_, response) => response.end('from upstream'))
    const config = writeConfiguration('http://127.0.0.1:1')
    const serving = serve(config, '--watch')
    const url = await addressOf(serving)
    writeFiles(config, {
      'apis/up.yaml': `definitions: [{name: n, endpoint: /later, hosts: [{host: "${upstream}"}], backend: [{url_pattern: /, encoding: string}]}]`,
    })
    await vi.waitFor(async () => expect((await fetch(`${url}later`)).status).toBe(200), 5000)
    process.kill(workerdOf(serving), 'SIGKILL')
    await vi.waitFor(async () => {
      expect(serving.stderr()).toContain('started again')
      expect((await fetch(`${url}later`)).status).toBe(200)
    }, 5000)
  })

  it.skipIf(withoutNetwork === undefined)('starts on a machine without a network', async () => {
    const config = writeConfiguration('http://127.0.0.1:1')
    const serving = startCli(['serve', '--config', config], {
      command: [...(withoutNetwork ?? ['']), ...CLI],
    })
    await addressOf(serving)
    serving.child.kill('SIGTERM')
    expect([await serving.exited, serving.stderr()]).toEqual([0, ''])
  })

  it('says which port is taken, and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const config = writeConfiguration('http://127.0.0.1:1')
    const { code, stderr } = await runCli(['serve', '--config', config, '--port', String(port)])
    other.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken`)
  })

  it('refuses a state directory that another process uses, and names the process', async () => {
    const config = writeConfiguration('http://127.0.0.1:1')
    const state = temporaryDirectory()
    const first = serve(config, '--state', state)
    await addressOf(first)
    const { code, stderr } = await runCli([
      'serve',
      '--config',
      config,
      '--port',
      '0',
      '--state',
      state,
    ])
    expect(code).toBe(1)
    expect(stderr).toContain(`${state} is in use by process ${first.child.pid}`)
  })

  it('names every reference without a value, with its file, and does not start', async () => {
    const config = writeConfiguration('${UPSTREAM_URL}')
    const { code, stderr } = await runCli(['serve', '--config', config, '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/apis\/up\.yaml:\d+:\d+: error: .*UPSTREAM_URL/)
  })

  it('finds values in .dev.vars beside the configuration, and hands over no other variable', async () => {
    const upstream = await startServer((_, response) => response.end('from upstream'))
    const config = writeConfiguration('${UPSTREAM_URL}', {
      '.dev.vars': `UPSTREAM_URL="${upstream}"\n`,
    })
    const serving = serve(config)
    expect(await (await fetch(`${await addressOf(serving)}up/`)).text()).toBe('from upstream')
  })

  it('lets the environment win over .dev.vars', async () => {
    const upstream = await startServer((_, response) => response.end('from upstream'))
    const config = writeConfiguration('${UPSTREAM_URL}', {
      '.dev.vars': 'UPSTREAM_URL=http://127.0.0.1:1\n',
    })
    const args = ['serve', '--config', config, '--port', '0']
    const url = await addressOf(startCli(args, { env: { UPSTREAM_URL: upstream } }))
    expect((await fetch(`${url}up/`)).status).toBe(200)
  })

  it('warns when it is opened to other machines', async () => {
    const serving = serve(writeConfiguration('http://127.0.0.1:1'), '--host', '0.0.0.0')
    expect(await addressOf(serving)).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect(serving.stderr()).toMatch(/^warning: --host 0\.0\.0\.0 opens the emulator/m)
  })
})
