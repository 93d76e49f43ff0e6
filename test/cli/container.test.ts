import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startContainer } from '../../src/cli/container.ts'
import { startServe } from '../../src/cli/serve.ts'
import { addressOf, isAlive, ROOT, runCli, startCli, startServer, SYSTEM } from './cli.ts'
import { temporaryDirectory, workerdOf, writeConfiguration } from './cli.ts'

const container = (config: string, ...args: readonly string[]) =>
  startCli(['container', '--config', config, '--port', '0', ...args])

/** An upstream that answers when it is told to. */
async function startHeld() {
  const waiting: (() => void)[] = []
  const url = await startServer((_, response) => waiting.push(() => response.end('at last')))
  return {
    url,
    arrived: () => vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0)),
    answer: () => waiting.splice(0).forEach((end) => end()),
  }
}

/** What the Dockerfile puts into the image, with the packages that `npm prune --omit=dev` leaves. */
async function layOutImage(): Promise<string> {
  const app = temporaryDirectory()
  for (const file of ['package.json', 'wrangler.toml']) cpSync(join(ROOT, file), join(app, file))
  cpSync(join(ROOT, 'src'), join(app, 'src'), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts'),
  })
  const config = writeConfiguration('http://127.0.0.1:1')
  await runCli(['build', '--config', config, '--out', join(app, 'dist')])
  const listed = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: ROOT })
  for (const path of listed.toString().trim().split('\n').slice(1)) {
    const target = join(app, relative(ROOT, path))
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(path, target)
  }
  return app
}

/** The entry point of the image, on other paths. */
function entryPoint(app: string, config: string): readonly [string, ...string[]] {
  const line = /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))?.[1]
  const [, ...args] = JSON.parse(line ?? '[]') as string[]
  const paths: Readonly<Record<string, string>> = { '/config': config, '0.0.0.0': '127.0.0.1' }
  return [process.execPath, ...args.map((arg) => (paths[arg] ?? arg).replace(/^\/app/, app))]
}

describe('the container image', () => {
  it('runs its entry point without root, on a file system it cannot write to, without tools', async () => {
    const upstream = await startServer((_, response) => response.end('from upstream'))
    const app = await layOutImage()
    const config = writeConfiguration('${UPSTREAM_URL}')
    const isRoot = process.getuid?.() === 0
    if (isRoot) execFileSync('chmod', ['-R', 'a+rX,go-w', app, config])
    const running = startCli(['--port', '0'], {
      command: entryPoint(app, config),
      cwd: '/',
      env: {
        UPSTREAM_URL: upstream,
        CB_BRIDGE_WORKER: join(app, 'dist/worker.js'),
        // No place for files but /dev/shm, as with `docker run --read-only`.
        ...(existsSync('/dev/shm') ? { TMPDIR: '/proc' } : {}),
      },
      ...(isRoot ? { uid: 65_534 } : {}),
    })
    const url = await addressOf(running)
    expect(await (await fetch(`${url}up/`)).text()).toBe('from upstream')
    running.child.kill('SIGTERM')
    expect(await running.exited).toBe(0)
    expect(readdirSync('/dev/shm').filter((name) => name.startsWith('cb-bridge-'))).toEqual([])
  }, 30_000)
})

describe('cb-bridge container', () => {
  it('finishes the requests in flight at SIGTERM, and ends with 0', async () => {
    const upstream = await startHeld()
    const running = container(writeConfiguration(upstream.url))
    const answer = fetch(`${await addressOf(running)}up/`)
    await upstream.arrived()
    running.child.kill('SIGTERM')
    await vi.waitFor(() => expect(running.stderr()).toContain('draining'))
    upstream.answer()
    expect(await (await answer).text()).toBe('at last')
    expect(await running.exited).toBe(0)
  })

  it('cuts what does not finish within --drain, and ends with 0', async () => {
    const upstream = await startHeld()
    const running = container(writeConfiguration(upstream.url), '--drain', '0.2')
    const answer = fetch(`${await addressOf(running)}up/`)
    await upstream.arrived()
    running.child.kill('SIGTERM')
    await expect(answer).rejects.toThrow()
    expect(await running.exited).toBe(0)
  })

  it('ends with 2 when workerd ends by itself, so that the container is started again', async () => {
    const running = container(writeConfiguration('http://127.0.0.1:1'))
    await addressOf(running)
    process.kill(workerdOf(running), 'SIGKILL')
    expect(await running.exited).toBe(2)
  })

  it('takes workerd and its files along when it is killed', async () => {
    const directory = temporaryDirectory()
    const args = ['container', '--config', writeConfiguration('http://127.0.0.1:1'), '--port', '0']
    const running = startCli(args, { env: { TMPDIR: directory } })
    await addressOf(running)
    expect(readdirSync(directory)).toHaveLength(1)
    const pid = workerdOf(running)
    running.child.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 3000)
    await vi.waitFor(() => expect(readdirSync(directory)).toEqual([]), 3000)
  })

  it('keeps the state of objects over a restart', async () => {
    const config = writeConfiguration('http://127.0.0.1:1')
    const state = temporaryDirectory()
    const first = await startAlone(config, state)
    for (let i = 0; i < 3; i++) await fetch(`${first.url}up/`)
    await vi.waitFor(async () => expect(await countedBy(first.url)).toBe(3), 5000)
    await first.close()
    const second = await startAlone(config, state)
    expect(await countedBy(second.url)).toBe(3)
    await second.close()
    // Without a directory the objects work, and forget.
    const third = await startAlone(config)
    expect(await countedBy(third.url)).toBe(0)
    await third.close()
  })

  it('lets workerd read secrets from its environment, and writes none of them down', async () => {
    const out = temporaryDirectory()
    const config = writeConfiguration('${UPSTREAM_URL}')
    const env = { UPSTREAM_URL: 'http://secret.example.com', METRICS_TOKEN: 'very secret' }
    const args = ['container', '--config', config, '--dry-run', '--out', out]
    const { code, stdout } = await runCli(args, { env })
    expect([code, stdout]).toEqual([0, `workerd serve ${join(out, 'workerd.capnp')} config\n`])
    const files = ['worker.js', 'plan.js', 'workerd.capnp']
    const texts = files.map((file) => readFileSync(join(out, file), 'utf8'))
    expect(texts.join('\n')).not.toContain('secret.example.com')
    expect(texts.join('\n')).not.toContain('very secret')
    expect(texts.join('\n')).toContain('(name = "UPSTREAM_URL", fromEnvironment = "UPSTREAM_URL")')
  })
})

describe('cb-bridge container --role', () => {
  const config = 'test/contract/fixture'
  const token = { STATE_TOKEN: 'a token that is long enough' }

  it.each([
    ['gateway without the address of its state', ['gateway'], token, '--state-address'],
    ['state that calls another one', ['state', '--state-address', 'a:1'], token, '--state-address'],
    ['all that calls another one', ['all', '--state-address', 'a:1'], token, '--state-address'],
    ['state without a token', ['state'], {}, 'STATE_TOKEN'],
    [
      'gateway with a short token',
      ['gateway', '--state-address', 'a:1'],
      { STATE_TOKEN: 'x' },
      'STATE_TOKEN',
    ],
    [
      'gateway with an address that is none',
      ['gateway', '--state-address', 'http://a:1'],
      token,
      'host:port',
    ],
    ['no role at all', ['master'], token, 'gateway'],
  ])('refuses %s', async (_, args, env, named) => {
    const run = await runCli(['container', '--config', config, '--role', ...args], { env })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain(named)
    expect(run.stderr).not.toContain(token.STATE_TOKEN)
  })

  it('writes a gateway that keeps nothing and a state process that serves nothing', async () => {
    const write = async (...args: readonly string[]) => {
      const out = temporaryDirectory()
      const options = [
        '--config',
        writeConfiguration('http://127.0.0.1:1'),
        '--dry-run',
        '--out',
        out,
      ]
      const run = await runCli(['container', '--role', ...args, ...options], { env: token })
      expect([run.code, run.stderr]).toEqual([0, ''])
      return readFileSync(join(out, 'workerd.capnp'), 'utf8')
    }
    const gateway = await write('gateway', '--state-address', '[::1]:8001')
    expect(gateway).toContain('external = (')
    expect(gateway).not.toMatch(/durableObject|disk/)
    const keeping = await write(
      'gateway',
      '--state-address',
      'a:1',
      '--state',
      temporaryDirectory(),
    )
    expect(keeping).toContain('(name = "LAST_GOOD", durableObjectNamespace = "Store")')
    expect(keeping).not.toContain('METRICS')
    const state = await write('state')
    expect(state).toContain('entrypoint = "State"')
    for (const text of [gateway, state]) expect(text).not.toContain(token.STATE_TOKEN)
  })
})

async function startAlone(config = writeConfiguration('http://127.0.0.1:1'), state?: string) {
  const quiet = () => {}
  const started = await startContainer({
    config,
    port: 0,
    log: quiet,
    note: quiet,
    ...(state === undefined ? {} : { state }),
  })
  onTestFinished(() => started.close(0))
  return started
}

/** How many requests of the bypass route the gateway has counted. */
async function countedBy(url: string): Promise<number> {
  const text = await (await fetch(`${url}__metrics`)).text()
  const lines = text.matchAll(/^cb_bridge_requests_total\{.*route="pass".*\} (\d+)$/gm)
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0)
}

describe.each([
  { name: 'container', start: startContainer },
  { name: 'serve', start: startServe },
])('an upstream with a binding, in $name', ({ start }) => {
  it('is called at its target, with the Host of the client', async () => {
    const upstream = await startServer((request, response) => response.end(request.headers.host))
    const config = writeConfiguration('bound', {
      'gateway.yaml': `${SYSTEM}upstreams:
  bound: {targets: [{url: "${upstream}"}], binding: BOUND, preserve_host: true}
`,
    })
    const running = await start({ config, port: 0, log: () => {}, note: () => {} })
    onTestFinished(() => running.close())
    const answer = await fetch(`${running.url}up/`)
    expect(await answer.text()).toBe(new URL(running.url).host)
  })
})
