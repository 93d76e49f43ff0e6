import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bypass, CLI, runCli, SYSTEM, temporaryDirectory } from './cli.ts'
import { withoutNetwork, writeConfiguration } from './cli.ts'

async function dryRun(config: string, ...args: readonly string[]) {
  const out = temporaryDirectory()
  const command = ['deploy', '--config', config, '--dry-run', '--out', out, ...args]
  // A dry run needs no network; where the machine lets us, it has none.
  const options =
    withoutNetwork === undefined ? {} : { command: [...withoutNetwork, ...CLI] as const }
  return { out, ...(await runCli(command, options)) }
}

describe('cb-bridge deploy --dry-run', () => {
  it('makes what would be uploaded: the Worker and the plan as they were built', async () => {
    const { code, out, stdout } = await dryRun(writeConfiguration('https://api.example.com'))
    expect(code).toBe(0)
    expect(stdout).toContain('--dry-run: exiting now.')
    expect(stdout).toMatch(/env\.METRICS \(Metrics\)/)
    for (const file of ['worker.js', 'plan.js']) {
      expect(readFileSync(join(out, 'upload', file), 'utf8')).toBe(
        readFileSync(join(out, file), 'utf8'),
      )
    }
  })

  it('refuses every host that the edge cannot reach, at once, and says where it stands', async () => {
    const config = writeConfiguration('http://cb-spider:1024', {
      'apis/b.yaml': bypass('${INNER:-http://10.0.0.1}', '/b').replace('pass', 'other'),
      'gateway.yaml': `${SYSTEM}upstreams: {loop: {targets: [{url: "http://127.0.0.1:1"}]}}\n`,
    })
    const { code, stderr } = await dryRun(config)
    expect(code).toBe(1)
    expect(stderr).toContain('upstream loop: the edge cannot reach http://127.0.0.1:1')
    expect(stderr).toContain('route pass: the edge cannot reach http://cb-spider:1024')
    expect(stderr).toContain('route other: the edge cannot reach http://10.0.0.1')
  })

  it('lets a private host pass only behind a binding that wrangler.toml declares', async () => {
    const config = writeConfiguration('inner', {
      'gateway.yaml': `${SYSTEM}upstreams: {inner: {targets: [{url: "http://10.0.0.1"}], binding: VPC}}\n`,
    })
    const { code, stderr } = await dryRun(config)
    expect(code).toBe(1)
    expect(stderr).not.toContain('cannot reach')
    expect(stderr).toContain('binding VPC of an upstream is not declared in wrangler.toml')
  })

  it('lists the names that are not bound, with the command that binds them', async () => {
    const config = writeConfiguration('${UPSTREAM_URL}', {
      'gateway.yaml': SYSTEM.replace('public: true', 'public: false'),
    })
    const { code, stderr } = await dryRun(config)
    expect(code).toBe(0)
    expect(stderr).toMatch(/\$\{UPSTREAM_URL\} is not bound.*wrangler secret put UPSTREAM_URL/)
    expect(stderr).toMatch(/\$\{METRICS_TOKEN\} is not bound/)
  })

  it('does not know an environment that wrangler.toml does not have', async () => {
    const { code, stderr } = await dryRun(writeConfiguration('https://a.example.com'), '--env', 'x')
    expect(code).toBe(1)
    expect(stderr).toContain('wrangler.toml has no environment x')
  })

  it('says that it would make the secret for the first admin, unless the Admin API is off', async () => {
    const config = writeConfiguration('https://a.example.com')
    expect((await dryRun(config)).stderr).toContain('the secret CB_BRIDGE_BOOTSTRAP would be made')
    const closed = writeConfiguration('https://a.example.com', {
      'gateway.yaml': `${SYSTEM}admin: {enabled: false}\n`,
    })
    expect((await dryRun(closed)).stderr).not.toContain('BOOTSTRAP')
  })

  it('stops at what `check` calls an error', async () => {
    const { code, stderr } = await dryRun(writeConfiguration('ftp://a'))
    expect(code).toBe(1)
    expect(stderr).toMatch(/apis\/up\.yaml:\d+:\d+: error: /)
  })
})
