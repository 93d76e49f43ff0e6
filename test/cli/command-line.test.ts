import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VERSION } from '../../src/lib/version.ts'
import { ROOT, runCli, temporaryDirectory } from './cli.ts'

const VERBS = [
  'serve',
  'demo',
  'check',
  'explain',
  'build',
  'deploy',
  'container',
  'config',
  'upstream',
  'login',
  'logout',
  'password',
  'reference',
]

/** A Node that cannot run TypeScript by itself, if this machine has one. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  if (!existsSync(path)) return false
  const [major = 0] = execFileSync(path, ['-p', 'process.versions.node']).toString().split('.')
  return Number(major) < 22
})

describe('cb-bridge', () => {
  it('runs by npx in the checkout, without a build and without a network', async () => {
    const env = { npm_config_cache: temporaryDirectory(), npm_config_offline: 'true' }
    const { code, stdout } = await runCli(['cb-bridge', '--version'], { command: ['npx'], env })
    expect([code, stdout.trim()]).toEqual([0, VERSION])
  })

  it.skipIf(oldNode === undefined)(
    'hands over to the Node of node_modules when its own is too old, exit code included',
    async () => {
      const command = [oldNode ?? '', join(ROOT, 'src/cli/bin.mjs')] as const
      expect((await runCli(['--version'], { command })).stdout.trim()).toBe(VERSION)
      expect((await runCli(['--nonsense'], { command })).code).toBe(1)
    },
  )

  it('lists every verb', async () => {
    const { code, stdout } = await runCli(['--help'])
    expect(code).toBe(0)
    for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'))
  })

  it.each(VERBS)('gives an example in the help of %s', async (verb) => {
    const { code, stdout } = await runCli([verb, '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/Examples?:\n {2}\$ .*npx cb-bridge/)
  })

  it.each([
    [['--nonsense'], "unknown option '--nonsense'"],
    [['nonsense'], "unknown command 'nonsense'"],
    [['serve', '--nonsense'], "unknown option '--nonsense'"],
    [['serve', '--port', '80a'], 'Not a port'],
    [['serve', '--port', '65536'], 'Not a port'],
    [['container', '--drain', '-1'], 'Not a number of seconds'],
  ])('calls %j the fault of the user: exit code 1', async (args, message) => {
    const { code, stderr } = await runCli(args)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })

  it('calls what it did not expect its own fault: exit code 2, the stack only on demand', async () => {
    const args = ['build', '--config', 'routes', '--out', temporaryDirectory()]
    const env = { CB_BRIDGE_WORKER: '/does/not/exist' }
    const quiet = await runCli(args, { env })
    expect(quiet.code).toBe(2)
    expect(quiet.stderr).toContain('internal error')
    expect(quiet.stderr).not.toMatch(/^ {4}at /m)
    const verbose = await runCli(args, { env: { ...env, DEBUG: '1' } })
    expect(verbose.stderr).toMatch(/^ {4}at /m)
  })
})
