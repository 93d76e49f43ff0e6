import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { directoryWith, run } from './cli.fixture.ts'

const SYSTEM = 'version: 1\nname: test\n'
const endpoint = (path: string, more = '') =>
  `  - {name: ${path}, endpoint: ${path}, ${more} hosts: [{host: h}], backend: [{url_pattern: /}]}\n`
const group = (...definitions: string[]) => `definitions:\n${definitions.join('')}`

const check = (cwd: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
  run(['check', '--config', '.', ...args], { cwd, env })

describe('cb-bridge check', { timeout: 60_000 }, () => {
  it('ends with one line and exit code 0 when nothing is wrong', async () => {
    const cwd = directoryWith({ 'gateway.yaml': SYSTEM, 'apis/a.yaml': group(endpoint('/a')) })
    expect(await check(cwd)).toEqual({
      code: 0,
      stdout: '.: good, 1 route, 0 errors, 0 warnings, 0 notices\n',
      stderr: '',
    })
  })

  it('prints every fault of every file, found while reading or compiling, and exits with 1', async () => {
    const cwd = directoryWith({
      'gateway.yaml': `${SYSTEM}timout: 3s\n`,
      'apis/b.yml': group(endpoint('/__b'), endpoint('/c', 'timeout: 5,')),
      'apis/a.yaml': group(endpoint('/a'), endpoint('/A', 'method: get,').replace('/A,', 'again,')),
      'apis/.a.yaml': 'not: [read',
      'apis/notes.txt': 'not read',
    })
    const { code, stdout } = await check(cwd)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/(\d: \w+): .*/, '$1'))).toEqual([
      'gateway.yaml:3:1: warning',
      expect.stringMatching(/^apis\/a\.yaml:3:\d+: error$/),
      expect.stringMatching(/^apis\/b\.yml:2:\d+: error$/),
      expect.stringMatching(/^apis\/b\.yml:3:\d+: error$/),
      expect.stringMatching(/^\.: not valid, 3 errors, 1 warning, 0 notices$/),
    ])
    expect(stdout).toContain('timeout')
    expect(code).toBe(1)
  })

  it('reads the OpenAPI files that endpoints name', async () => {
    const validated = (operation: string) =>
      endpoint(
        '/a',
        `method: POST, middleware: {mw-validate: {openapi: a.json, operation: ${operation}}},`,
      )
    const spec = { openapi: '3.1.0', paths: { '/a': { post: { operationId: 'makeA' } } } }
    const files = { 'gateway.yaml': SYSTEM, 'openapi/a.json': JSON.stringify(spec) }
    const good = directoryWith({ ...files, 'apis/a.yaml': group(validated('makeA')) })
    expect((await check(good)).code).toBe(0)
    const bad = directoryWith({ ...files, 'apis/a.yaml': group(validated('makeB')) })
    const { code, stdout } = await check(bad)
    expect(code).toBe(1)
    expect(stdout).toMatch(/apis\/a\.yaml:2:\d+: error: The operation is not in the file\./)
  })

  it('reports each kind of fault of a route at its own line', async () => {
    const backend = "hosts: [{host: h}], backend: [{url_pattern: '/x'}]"
    const cases: readonly (readonly [string, string])[] = [
      ['endpoint: /a, hosts: [{host: h}], backend: []', 'error'],
      ['endpoint: /b, backend: [{url_pattern: /}]', 'error'],
      [`endpoint: /c//d, ${backend}`, 'error'],
      [`endpoint: /__e, ${backend}`, 'error'],
      [`endpoint: '/f/*bypass/g', ${backend}`, 'error'],
      [
        "endpoint: '/h/*bypass', timeout: 0s, hosts: [{host: h}], backend: [{url_pattern: /}, {url_pattern: /}]",
        'warning',
      ],
      ["endpoint: /i, hosts: [{host: h}], backend: [{url_pattern: '/{x}'}]", 'error'],
      [`endpoint: '/j/{x}/{x}', ${backend}`, 'error'],
      ["endpoint: /k, hosts: [{host: h}], backend: [{url_pattern: '/{resp0_x}'}]", 'warning'],
      [
        'endpoint: /l, output_encoding: no-op, hosts: [{host: h}], backend: [{url_pattern: /}, {url_pattern: /}]',
        'error',
      ],
      [`endpoint: '/m/{x}', ${backend}`, ''],
      [`endpoint: '/m/{y}', ${backend}`, 'error'],
      [`endpoint: /n, method: OPTIONS, ${backend}`, 'warning'],
      [`endpoint: '/o/*bypass', ${backend.replace('/x', '/*bypass')}`, 'warning'],
      [`endpoint: /p, ${backend}, middleware: {mw-nonsense: {a: 1}}`, 'warning'],
      [`endpoint: /q, ${backend.replace('host: h', 'host: up')}`, ''],
    ]
    const definitions = cases.map(([definition], index) => `  - {name: n${index}, ${definition}}\n`)
    const upstreams = 'upstreams:\n  up: {targets: [{url: u}], preserve_host: true}\n'
    const cwd = directoryWith({
      'gateway.yaml': SYSTEM + upstreams,
      'apis/a.yaml': `definitions:\n${definitions.join('')}`,
    })
    const { stdout } = await check(cwd)
    const severityOf = (line: number) =>
      new RegExp(`^apis/a\\.yaml:${line}:\\d+: (\\w+):`, 'm').exec(stdout)?.[1] ?? ''
    const found = cases.map(([definition], index) => [definition, severityOf(index + 2)])
    expect(found).toEqual(cases)
    expect(stdout).toMatch(/^gateway\.yaml:4:\d+: error: "preserve_host" needs a "binding"/)
  })

  it('prints the same as data', async () => {
    const cwd = directoryWith({ 'gateway.yaml': SYSTEM, 'apis/a.yaml': group(endpoint('/__a')) })
    const { code, stdout } = await check(cwd, ['--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      routes: 0,
      diagnostics: [
        { file: 'apis/a.yaml', line: 2, severity: 'error', hint: expect.any(String) as string },
      ],
    })
  })

  it('takes a directory with either system file, or the system file itself under any name', async () => {
    const cwd = directoryWith({
      'conf/cb-restapigw.yaml': SYSTEM,
      'conf/apis/a.yaml': group(endpoint('/a')),
    })
    writeFileSync(join(cwd, 'conf/local.yaml'), SYSTEM)
    for (const path of [
      'conf',
      'conf/',
      'conf/cb-restapigw.yaml',
      'conf/local.yaml',
      join(cwd, 'conf'),
    ]) {
      const { code, stdout } = await run(['check', '--config', path], { cwd })
      expect([path, code, stdout]).toEqual([path, 0, expect.stringContaining('good, 1 route,')])
    }
  })

  it('names a faulty file as the shell finds it', async () => {
    const cwd = directoryWith({
      'conf/gateway.yaml': SYSTEM,
      'conf/apis/a.yaml': group(endpoint('/__a')),
    })
    expect((await run(['check', '--config', 'conf'], { cwd })).stdout).toMatch(
      /^conf\/apis\/a\.yaml:2:/,
    )
  })

  it.each([
    [
      'no system file',
      { 'x.yaml': '' },
      /^\.:1:1: error: There is no gateway\.yaml or cb-restapigw\.yaml here/,
    ],
    ['two system files', { 'gateway.yaml': SYSTEM, 'cb-restapigw.yaml': SYSTEM }, /Only one of/],
    [
      'a file that is not text',
      { 'gateway.yaml': SYSTEM, 'apis/a.yaml': '' },
      /a\.yaml:1:1: error: .*UTF-8/,
    ],
  ])('says what is wrong with %s', async (what, files, message) => {
    const cwd = directoryWith(files)
    if (what.includes('text'))
      writeFileSync(join(cwd, 'apis/a.yaml'), Buffer.from([0xff, 0xfe, 0x00]))
    const { code, stdout } = await check(cwd)
    expect(stdout).toMatch(message)
    expect(code).toBe(1)
  })

  it('says that a path does not exist, without a stack trace', async () => {
    const cwd = directoryWith({})
    const { code, stdout, stderr } = await run(['check', '--config', 'nowhere/x.yaml'], { cwd })
    expect(stdout).toMatch(/^nowhere\/x\.yaml:1:1: error: There is no such file/)
    expect([code, stderr]).toEqual([1, ''])
  })

  it('reads files behind links, as in a mounted ConfigMap', async () => {
    const cwd = directoryWith({
      '..data/gateway.yaml': SYSTEM,
      '..data/a.yaml': group(endpoint('/a')),
    })
    mkdirSync(join(cwd, 'apis'))
    symlinkSync('..data/gateway.yaml', join(cwd, 'gateway.yaml'))
    symlinkSync('../..data/a.yaml', join(cwd, 'apis/a.yaml'))
    expect((await check(cwd)).stdout).toContain('good, 1 route,')
  })
})

describe('references in cb-bridge check', { timeout: 60_000 }, () => {
  const files = {
    'gateway.yaml': `${SYSTEM}timeout: \${T:-2s}\nupstreams: {u: {targets: [{url: u}], auth: {bearer: '\${TOKEN}'}}}\n`,
    'apis/a.yaml': group(
      endpoint('/a', "cache_ttl: '${TTL}',"),
      endpoint('/b', "cache_ttl: '${TTL}',"),
    ),
  }

  it('without a value are warnings, once each; with --env they are errors', async () => {
    const cwd = directoryWith(files)
    const lenient = await check(cwd)
    expect(lenient.code).toBe(0)
    expect(lenient.stdout.match(/warning: \$\{\w+\} has no value/g)).toEqual([
      'warning: ${TOKEN} has no value',
      'warning: ${TTL} has no value',
    ])
    const strict = await check(cwd, ['--env'])
    expect(strict.code).toBe(1)
    expect(strict.stdout.match(/error: \$\{\w+\} has no value/g)).toHaveLength(2)
  })

  it('take values from the environment over .dev.vars, and --env checks them', async () => {
    const cwd = directoryWith({ ...files, '.dev.vars': 'TOKEN="hunter 2"\nTTL=never\n' })
    expect((await check(cwd)).code).toBe(0)
    const wrong = await check(cwd, ['--env'])
    expect(wrong.stdout).toMatch(
      /^apis\/a\.yaml:2:\d+: error: The value of \$\{TTL\} does not fit here\.$/m,
    )
    expect(wrong.stdout).not.toContain('never')
    expect(wrong.code).toBe(1)
    expect((await check(cwd, ['--env'], { TTL: '5s' })).code).toBe(0)
  })

  it('never show a value', async () => {
    const cwd = directoryWith(files)
    const env = { TOKEN: 'hunter2\n', TTL: 'hunter3', T: 'hunter4' }
    for (const json of [[], ['--json']]) {
      const { code, stdout, stderr } = await check(cwd, ['--env', ...json], env)
      expect(code).toBe(1)
      expect(stdout + stderr).not.toContain('hunter')
    }
  })
})
