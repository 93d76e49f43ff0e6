import { randomBytes } from 'node:crypto'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeOnCluster, kubectl } from './stack.ts'

const INFRA = fileURLToPath(new URL('../../infra', import.meta.url))
const STAND_IN = join(import.meta.dirname, 'language-host')

/** The environment with Pulumi's language host of Node: the installed one, else ours. */
function environment(): NodeJS.ProcessEnv {
  const isInstalled = spawnSync('sh', ['-c', 'command -v pulumi-language-nodejs']).status === 0
  const path = process.env['PATH'] ?? ''
  return { ...process.env, PATH: isInstalled ? path : `${path}${delimiter}${STAND_IN}` }
}

describeOnCluster('pulumi on its own, in infra/', () => {
  const stack = `test-${randomBytes(4).toString('hex')}`
  const directory = mkdtempSync(join(tmpdir(), 'cb-bridge-pulumi-'))
  const configuration = ['--config-file', join(directory, 'stack.yaml')]

  /** Runs `pulumi` as a user does; resolves to what it printed, and whether it was content. */
  const pulumi = (...args: readonly string[]) =>
    promisify(execFile)('pulumi', ['-C', INFRA, ...args, '--stack', stack, '--non-interactive'], {
      env: environment(),
    }).then(
      ({ stdout }) => ({ ok: true, stdout }),
      (error: { readonly stdout: string }) => ({ ok: false, stdout: error.stdout }),
    )
  const set = (key: string, value: string) =>
    pulumi('config', 'set', '--path', `cb-bridge:${key}`, value, ...configuration)

  beforeAll(async () => {
    execFileSync('pulumi', [
      '-C',
      INFRA,
      'stack',
      'init',
      stack,
      '--no-select',
      '--non-interactive',
    ])
    await set('namespace', stack)
    await set('components', 'cb-spider-postgres')
  })
  afterAll(async () => {
    await pulumi('destroy', '--yes', '--skip-preview', ...configuration)
    await pulumi('stack', 'rm', '--yes', '--force', ...configuration)
    kubectl(['delete', 'namespace', stack, '--ignore-not-found', '--wait=false'])
    rmSync(directory, { recursive: true, force: true })
    // What `stack init` wrote beside the program.
    rmSync(join(INFRA, `Pulumi.${stack}.yaml`), { force: true })
  })

  test('previews, comes up, has nothing left to do, and goes', async () => {
    const preview = await pulumi('preview', ...configuration)
    expect(preview.stdout).toMatch(/\+ \d+ to create/)
    const up = await pulumi('up', '--yes', '--skip-preview', ...configuration)
    expect(up.stdout).toMatch(/\+ \d+ created/)
    const pods = kubectl(['get', 'pods', '-n', stack, '-o', 'jsonpath={.items[*].status.phase}'])
    expect(pods).toBe('Running')
    const again = await pulumi('preview', '--expect-no-changes', ...configuration)
    expect(again.ok).toBe(true)
    const destroyed = await pulumi('destroy', '--yes', '--skip-preview', ...configuration)
    expect(destroyed.stdout).toMatch(/- \d+ deleted/)
  })

  test('tells all faults of its configuration at preview', async () => {
    await set('namspace', 'x')
    await set('replicas.cb-spider-postgres', '2')
    const { ok, stdout } = await pulumi('preview', ...configuration)
    expect(ok).toBe(false)
    expect(stdout).toContain('namspace: Unknown key "namspace". (Did you mean "namespace"?)')
    expect(stdout).toContain('"cb-spider-postgres" cannot be scaled')
    expect(stdout).not.toContain('at Object')
  })
})
