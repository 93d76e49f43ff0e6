import { describe, expect, it } from 'vitest'
import { directoryWith, run } from './cli.fixture.ts'

const FILES = {
  'gateway.yaml': `version: 1
name: test
upstreams:
  up:
    targets: [{url: 'http://\${UP:-up}:1/base'}]
    auth: {basic: {username: '\${USER_NAME}', password: '\${PASSWORD}'}}
`,
  'apis/a.yaml': `definitions:
  - {name: one, endpoint: '/ns/{id}', timeout: 5s, hosts: [{host: up}], backend: [{url_pattern: '/x/{id}'}]}
  - {name: all, endpoint: '/ns/*bypass', hosts: [{host: up}], backend: [{url_pattern: '/*bypass'}]}
`,
}
const KNOWN = { USER_NAME: 'admin', PASSWORD: 'hunter2' }

const explain = (cwd: string, args: readonly string[], env: Record<string, string> = KNOWN) =>
  run(['explain', ...args, '--config', '.'], { cwd, env })

describe('cb-bridge explain', { timeout: 60_000 }, () => {
  it('prints the winner, what it calls, and why the next best lost', async () => {
    const cwd = directoryWith(FILES)
    const args = [
      'get',
      '/ns/a%2Fb?q=1',
      '--header',
      'Authorization: Bearer x',
      '--header',
      'X-A: 1',
    ]
    const { code, stdout, stderr } = await explain(cwd, args)
    expect(stdout).toBe(`GET /ns/a%2Fb?q=1
  route       one: GET /ns/{id} (formatted)
  file        apis/a.yaml:2:5
  parameters  id="a/b"
  timeout     5 s
  answer      json, cacheable for 3600 s
  forwards    authorization, x-a
Call 0: up
  calls       GET http://up:1/base/x/a%2Fb?q=1
  sets        authorization: ***
  drops       authorization
  reads       json
Other routes of this path lost:
  all: ANY /ns/* (apis/a.yaml:3:5): in segment 2, the parameter {id} wins over the wildcard
`)
    expect([code, stderr]).toEqual([0, ''])
  })

  it('prints the same as data', async () => {
    const { stdout } = await explain(directoryWith(FILES), ['HEAD', '/ns/a/b', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      request: { method: 'HEAD', path: '/ns/a/b' },
      outcome: 'route',
      name: 'all',
      kind: 'bypass',
      place: 'apis/a.yaml:3:5',
      others: [],
      calls: [{ urls: [{ url: 'http://up:1/base/ns/a/b', sets: { authorization: '***' } }] }],
    })
  })

  it('shows no value of a reference', async () => {
    const cwd = directoryWith({ ...FILES, '.dev.vars': 'UP=hunter1\nPASSWORD=hunter3\n' })
    for (const json of [[], ['--json']]) {
      const { stdout, stderr } = await explain(cwd, ['GET', '/ns/a', ...json])
      expect(stdout).toContain('http://${UP}:1/base/x/a')
      expect(stdout + stderr).not.toContain('hunter')
      expect(stdout).not.toContain(btoa('admin:hunter2'))
    }
  })

  it('goes on without credentials and says so, unless --env is given', async () => {
    const cwd = directoryWith(FILES)
    const lenient = await explain(cwd, ['GET', '/ns/a'], {})
    expect(lenient.stderr).toMatch(/^note: .*\$\{USER_NAME\}, \$\{PASSWORD\}\n$/)
    expect(lenient.stdout).toContain('http://up:1/base/x/a')
    expect(lenient.code).toBe(0)
    const strict = await explain(cwd, ['GET', '/ns/a', '--env'], {})
    expect(strict.stderr).toMatch(/^gateway\.yaml:6:\d+: error: \$\{USER_NAME\} has no value/)
    expect([strict.code, strict.stdout]).toEqual([1, ''])
  })

  it.each([
    ['/NS/a', /redirected to \/ns\/a/],
    ['/other', /404/],
    ['/ns', /redirected to \/ns\/$/m],
    ['/__health', /reserved/],
    ['/ns/../x', /400/],
  ])('says what becomes of %s', async (path, message) => {
    const { code, stdout } = await explain(directoryWith(FILES), ['GET', path])
    expect(stdout).toMatch(message)
    expect(code).toBe(0)
  })

  it.each([
    [['GET', 'ns']],
    [['G,T', '/ns']],
    [['GET', '/ns', '--header', 'nonsense']],
    [['GET', '/ns', '--header', 'X-A: b\r\nX-B: c']],
    [['GET']],
  ])('refuses %j with exit code 1', async (args) => {
    const { code, stderr } = await explain(directoryWith(FILES), args)
    expect(code).toBe(1)
    expect(stderr).not.toContain('    at ')
  })

  it('prints the diagnostics of a configuration that can not be explained', async () => {
    const cwd = directoryWith({ 'gateway.yaml': 'version: 2\nname: x\n' })
    const { code, stdout, stderr } = await explain(cwd, ['GET', '/'])
    expect(stderr).toMatch(/^gateway\.yaml:1:\d+: error: /)
    expect([code, stdout]).toEqual([1, ''])
  })
})
