import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addressOf, bypass, CLI, runCli, startCli, startServer, SYSTEM } from './cli.ts'
import { temporaryDirectory, writeConfiguration, writeFiles } from './cli.ts'

const BOOTSTRAP = 'bootstrap-MARKER-token'
const PASSWORD = 'correct horse MARKER'

/** A gateway of its own, and the command line of somebody who has a home directory of their own. */
async function startGateway(files: Readonly<Record<string, string>> = {}) {
  const upstream = await startServer((_, response) => response.end('from upstream'))
  const config = writeConfiguration(upstream, files)
  const home = temporaryDirectory()
  const serving = startCli(['serve', '--config', config, '--port', '0'], {
    env: { CB_BRIDGE_BOOTSTRAP: BOOTSTRAP },
  })
  const url = await addressOf(serving)
  const env = { XDG_CONFIG_HOME: home, CB_BRIDGE_URL: url, CB_BRIDGE_BOOTSTRAP: BOOTSTRAP }
  const cli = (args: readonly string[], input?: string) =>
    runCli(args, { env, cwd: home, ...(input !== undefined && { input }) })
  return { url, config, upstream, home, serving, cli }
}

type Gateway = Awaited<ReturnType<typeof startGateway>>

async function bootstrap({ cli }: Gateway) {
  const { code, stdout, stderr } = await cli(['login', '--bootstrap', '--user', 'ada'], PASSWORD)
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

describe('cb-bridge login and logout', { timeout: 60_000 }, () => {
  it('make the first admin, keep a token that only its owner can read, and end it', async () => {
    const gateway = await startGateway()
    expect(await bootstrap(gateway)).toContain('as ada (admin)')
    const file = join(gateway.home, 'cb-bridge/credentials.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const kept = readFileSync(file, 'utf8')
    expect(kept).not.toContain(PASSWORD)
    const token = /cbb_[\w-]+/.exec(kept)?.[0] ?? ''
    const ask = () =>
      fetch(`${gateway.url}__admin/api/session`, { headers: { authorization: `Bearer ${token}` } })
    expect((await ask()).status).toBe(200)
    expect((await gateway.cli(['config', 'history'])).code).toBe(0)
    expect((await gateway.cli(['logout'])).code).toBe(0)
    expect((await ask()).status).toBe(401)
    expect(readFileSync(file, 'utf8')).not.toContain(token)
    const { code, stderr } = await gateway.cli(['config', 'history'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('cb-bridge login')])
    gateway.serving.child.kill('SIGTERM')
    await gateway.serving.exited
    expect(gateway.serving.stdout() + gateway.serving.stderr()).not.toContain('MARKER')
  })

  it('say what is wrong and show no secret', async () => {
    const gateway = await startGateway()
    await bootstrap(gateway)
    const wrong = await gateway.cli(['login', '--user', 'ada'], 'not the password')
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('password is wrong') })
    const again = await gateway.cli(['login', '--bootstrap', '--user', 'eve'], PASSWORD)
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('bootstrap token') })
    const nowhere = await runCli(['login', '--user', 'x', '--url', 'http://127.0.0.1:1'], {
      input: PASSWORD,
    })
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot be reached') })
    for (const { stdout, stderr } of [wrong, again, nowhere]) {
      expect(stdout + stderr).not.toMatch(/MARKER|\n {4}at /)
    }
  })

  it('print a bootstrap token on a terminal alone', async () => {
    const config = writeConfiguration('http://127.0.0.1:1')
    const serve = [...CLI, 'serve', '--config', config, '--port', '0']
    const quiet = startCli(['serve', '--config', config, '--port', '0'])
    await addressOf(quiet)
    expect(quiet.stdout() + quiet.stderr()).not.toMatch(/bootstrap/)
    const terminal = startCli([], { command: ['script', '-qefc', serve.join(' '), '/dev/null'] })
    await addressOf(terminal)
    await expect.poll(terminal.stdout).toMatch(/login --bootstrap[^]*the token\s+[\w-]{43}\r?\n/)
  })
})

/** A configuration with a route, a comment and odd spacing. */
const group = (url: string, path: string) =>
  `# who calls ${path}: ask ada\r\ndefinitions:\n- {name:   one, endpoint: ${path}, hosts: [{host: "${url}"}], backend: [{url_pattern: /, encoding: string}], output_encoding: string}\n`

describe('cb-bridge config', { timeout: 120_000 }, () => {
  it('pushes what somebody agreed to, pulls it byte for byte, and rolls back', async () => {
    const gateway = await startGateway()
    const { cli, url, config, upstream, home } = gateway
    await bootstrap(gateway)
    expect((await cli(['config', 'push', '--config', config])).stdout).toContain('nothing to push')

    writeFiles(config, { 'apis/more.yaml': group(upstream, '/more') })
    const asked = await cli(['config', 'push', '--config', config])
    expect(asked.code).toBe(1)
    expect(asked.stderr).toContain('nothing was changed: there is no terminal to ask on; use --yes')
    expect(asked.stdout).toContain('+# who calls /more: ask ada')
    expect(asked.stdout).toContain('routes: 1 added, 0 removed, 0 changed\n  + GET /more')
    expect(asked.stdout).not.toContain('\u001b')
    expect((await fetch(`${url}more`)).status).toBe(404)

    const pushed = await cli(['config', 'push', '--config', config, '--yes', '--message', 'more'])
    expect([pushed.code, pushed.stderr]).toEqual([0, ''])
    expect(await (await fetch(`${url}more`)).text()).toContain('from upstream')

    expect((await cli(['config', 'pull', '--out', 'copy'])).code).toBe(0)
    for (const name of ['gateway.yaml', 'apis/up.yaml', 'apis/more.yaml']) {
      expect(readFileSync(join(home, 'copy', name))).toEqual(readFileSync(join(config, name)))
    }
    writeFileSync(join(home, 'copy/apis/more.yaml'), '# mine\n')
    const kept = await cli(['config', 'pull', '--out', 'copy'])
    expect([kept.code, kept.stdout]).toEqual([1, expect.stringContaining('-# mine')])
    expect(readFileSync(join(home, 'copy/apis/more.yaml'), 'utf8')).toBe('# mine\n')

    const history = await cli(['config', 'history', '--json'])
    const [last, first] = JSON.parse(history.stdout) as { number: number; author: string }[]
    expect(last).toMatchObject({ message: 'more', author: expect.stringContaining('ada') })
    const back = await cli(['config', 'rollback', String(first?.number), '--yes'])
    expect([back.code, back.stderr]).toEqual([0, ''])
    expect(back.stdout).toContain('  - GET /more')
    expect((await fetch(`${url}more`)).status).toBe(404)
    const diff = await cli(['config', 'diff', '--config', config, '--json'])
    expect(JSON.parse(diff.stdout)).toMatchObject({
      files: [{ name: 'apis/more.yaml', before: null }],
    })
  })

  it('refuses what does not compile, with its line, and changes nothing', async () => {
    const gateway = await startGateway()
    await bootstrap(gateway)
    const { config, cli } = gateway
    writeFiles(config, {
      'apis/bad.yaml': 'definitions:\n- {name: bad, endpoint: /bad, timeout: 2}\n',
    })
    const { code, stderr } = await cli(['config', 'push', '--config', config, '--yes'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: nothing was changed/)
    expect(stderr).toMatch(/apis\/bad\.yaml:2:\d+: error: /)
    const history = await cli(['config', 'history', '--json'])
    expect(JSON.parse(history.stdout)).toHaveLength(1)
  })
})

describe('a gateway that finds something published', { timeout: 60_000 }, () => {
  it.each(['serve', 'container'])(
    'says so when %s starts: the files do not serve',
    async (verb) => {
      const state = temporaryDirectory()
      const config = writeConfiguration('http://127.0.0.1:1')
      const start = async () => {
        const args = [verb, '--config', config, '--port', '0', '--state', state]
        const running = startCli(args, { env: { CB_BRIDGE_BOOTSTRAP: BOOTSTRAP } })
        return { running, url: await addressOf(running) }
      }
      const stop = async ({ running }: Awaited<ReturnType<typeof start>>) => {
        running.child.kill('SIGTERM')
        await running.exited
        return running.stderr()
      }
      const first = await start()
      const env = { XDG_CONFIG_HOME: temporaryDirectory(), CB_BRIDGE_URL: first.url }
      const login = ['login', '--bootstrap', '--user', 'ada']
      await runCli(login, { env: { ...env, CB_BRIDGE_BOOTSTRAP: BOOTSTRAP }, input: PASSWORD })
      writeFiles(config, { 'apis/more.yaml': group('http://127.0.0.1:1', '/more') })
      const push = await runCli(['config', 'push', '--config', config, '--yes'], { env })
      expect([push.code, push.stderr]).toEqual([0, ''])
      expect(await stop(first)).not.toContain('was published')
      const second = await start()
      await expect
        .poll(second.running.stderr)
        .toMatch(/^note: snapshot [0-9a-f]{12} was published/m)
      expect(second.running.stderr()).toContain(`config diff --config ${config}`)
      await stop(second)
    },
  )
})

describe('cb-bridge upstream', { timeout: 120_000 }, () => {
  it('registers, lists, drains and removes', async () => {
    const gateway = await startGateway({
      'gateway.yaml': SYSTEM,
      'apis/up.yaml': bypass('spider'),
    })
    await bootstrap(gateway)
    const { cli, url, upstream } = gateway
    const put = ['upstream', 'put', 'spider', '--target', `${upstream}=3`]
    expect((await cli(put)).code).toBe(1)
    expect((await cli([...put, '--yes'])).code).toBe(0)
    expect(await (await fetch(`${url}up/x`)).text()).toBe('from upstream')
    expect((await cli(['upstream', 'list'])).stdout).toBe(
      `spider  ${upstream} weight 3  (user ada)\n`,
    )

    const other = [
      'upstream',
      'put',
      'spider',
      '--target',
      upstream,
      '--owner',
      'stack dev',
      '--yes',
    ]
    const refused = await cli(other)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('user ada')])
    expect((await cli([...other, '--force'])).code).toBe(0)

    const needed = await cli(['upstream', 'remove', 'spider', '--owner', 'stack dev', '--yes'])
    expect([needed.code, needed.stderr]).toEqual([1, expect.stringContaining('/up/')])
    const explain = ['explain', 'GET', '/up/x', '--url', url]
    const explained = await cli(explain)
    expect([explained.code, explained.stderr]).toEqual([0, ''])
    expect(explained.stdout).toContain(`GET ${upstream}/up/x (registered by stack dev)`)
    expect(explained.stdout).toContain('apis/up.yaml')
    const drain = ['upstream', 'drain', 'spider', '--owner', 'stack dev', '--wait', '--yes']
    const drained = await cli([...drain, '--timeout', '2s'])
    expect([drained.code, drained.stdout]).toEqual([0, expect.stringContaining('is drained')])
    expect((await cli(explain)).stdout).toContain('is being drained: no new requests')
    const both = await cli([...explain, '--config', 'routes'])
    expect([both.code, both.stderr]).toEqual([1, expect.stringContaining('cannot be used with')])
    expect((await cli(['upstream', 'remove', 'nobody', '--yes'])).stderr).toContain(
      'no upstream nobody',
    )
  })
})
