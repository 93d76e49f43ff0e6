import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '@pulumi/pulumi/version.js'
import { describe, expect, it } from 'vitest'
import { CLI, runCli, temporaryDirectory, withoutNetwork, writeFiles } from './cli.ts'

/** A kubeconfig of a cluster that nobody will be asked for. */
const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:9' } }],
  users: [{ name: 'a', user: {} }],
  contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
})

/** Runs `up` of a user whose PATH has nothing but the system's own programs and `more`, on a machine without a network. */
async function up(home: string, more = '') {
  writeFiles(home, { kubeconfig: KUBECONFIG })
  const env = {
    PATH: `${more}:/usr/bin:/bin`,
    HOME: home,
    KUBECONFIG: join(home, 'kubeconfig'),
    PULUMI_CONFIG_PASSPHRASE: 'test',
  }
  const command = withoutNetwork === undefined ? CLI : ([...withoutNetwork, ...CLI] as const)
  const args = ['up', '--stack', 'a', '--context', 'a', '--json']
  const { code, stdout, stderr } = await runCli(args, { env, command })
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  return { code, lines, report: lines.at(-1), text: stdout + stderr }
}

/** Puts a program in place of the engine of the user's cache; it writes down what it is asked for. */
function cacheEngine(home: string, script: string): () => string {
  const bin = `.cache/cb-bridge/pulumi/${version}/bin/pulumi`
  const log = join(home, 'asked')
  writeFiles(home, { [bin]: `#!/bin/sh\necho "$@" >> '${log}'\n${script}\n`, asked: '' })
  chmodSync(join(home, bin), 0o755)
  return () => readFileSync(log, 'utf8')
}

describe.skipIf(withoutNetwork === undefined)('without pulumi on PATH', () => {
  it('and without a network, up says how to get it', async () => {
    const home = temporaryDirectory()
    const { code, lines, report, text } = await up(home)
    expect(code).toBe(1)
    const place = join(home, '.cache/cb-bridge/pulumi', version)
    expect(lines[0]).toEqual({
      message: `pulumi is not on PATH: installing ${version} into ${place}`,
    })
    expect(report).toMatchObject({ result: 'failed', exit: 1 })
    const [error = ''] = (report?.['errors'] ?? []) as readonly string[]
    expect(error).toContain('https://www.pulumi.com/docs/install/')
    expect(error).toContain(join(place, 'bin'))
    expect(error).toContain('Failed to download https://get.pulumi.com/install.sh')
    expect(text).not.toMatch(/^\s+at /m)
  })

  it('nor with one that is too old, up says so', async () => {
    const home = temporaryDirectory()
    writeFiles(home, { 'old/pulumi': '#!/bin/sh\necho v3.216.9\n' })
    chmodSync(join(home, 'old/pulumi'), 0o755)
    const { code, lines, report } = await up(home, join(home, 'old'))
    expect(code).toBe(1)
    expect(lines[0]?.['message']).toContain('pulumi is older than 3.217 on PATH: installing')
    const [error = ''] = (report?.['errors'] ?? []) as readonly string[]
    expect(error).toContain("Pulumi's engine is older than 3.217 on PATH")
  })

  it('the engine of the cache is taken, and its Kubernetes provider installed before anything else', async () => {
    const home = temporaryDirectory()
    const offline = 'echo "error: could not download plugin: no such host" >&2; exit 255'
    const asked = cacheEngine(home, `[ "$1" = version ] && echo v${version} && exit\n${offline}`)
    const { code, report, text } = await up(home)
    expect(code).toBe(1)
    expect(asked()).toMatch(
      /^version\nplugin install resource kubernetes \d+\.\d+\.\d+ --non-interactive\n$/,
    )
    const [error = ''] = (report?.['errors'] ?? []) as readonly string[]
    expect(error).toContain('(could not download plugin: no such host)')
    expect(error).toContain('pulumi plugin install resource kubernetes')
    expect(text).not.toMatch(/^\s+at /m)
  })

  it('a provider that the engine keeps already is not installed again', async () => {
    const home = temporaryDirectory()
    const asked = cacheEngine(home, `[ "$1" = version ] && echo v${version} && exit\nexit 1`)
    const packageFile = new URL(import.meta.resolve('@pulumi/kubernetes/package.json'))
    const sdk = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version
    const provider = `.pulumi/plugins/resource-kubernetes-v${sdk}/pulumi-resource-kubernetes`
    writeFiles(home, { [provider]: '#!/bin/sh\n' })
    chmodSync(join(home, provider), 0o755)
    await up(home)
    expect(asked()).not.toContain('plugin install')
  })
})
